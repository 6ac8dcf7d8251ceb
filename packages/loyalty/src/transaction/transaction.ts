import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import { type CustomerRow, customer, firstOf, serializeCustomer, shownCustomer } from '../wallet/customer.ts';
import { type refunds, transactions } from './transaction.sql.ts';

const amountMinor = z.int().nonnegative();

const transaction = z.strictObject({
  id: z.string(),
  provider: z.string(),
  providerTransactionId: z.string(),
  status: z.enum(['pending', 'completed', 'cancelled', 'failed']),
  amountMinor: amountMinor.describe('Paid for goods in minor units, without tip.'),
  tipMinor: amountMinor,
  refundedMinor: amountMinor.describe('What the payment itself says was given back so far, tip included.'),
  currency: z.string().length(3).describe('ISO 4217.'),
  customer: customer.nullable().describe('Null for an anonymous sale.'),
  transactionAt: z.iso.datetime().describe('When it was paid.'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const refund = z
  .strictObject({
    providerRefundId: z.string(),
    status: z.enum(['pending', 'completed', 'rejected', 'failed']),
    amountMinor: amountMinor.describe('Minor units, tip included.'),
    currency: z.string().length(3),
    updatedAt: z.iso.datetime().describe('The time of this version at the provider.'),
  })
  .meta({ id: 'Refund' });

export const transactionSummary = transaction.meta({ id: 'Transaction', description: 'A sale.' });

export const transactionDetail = transaction
  .extend({
    rewardRuleId: z.string().nullable().describe('The rule it was rewarded under.'),
    pointsEarned: z.int().describe('Net of cancellations, before refunds.'),
    pointsClawedBack: z.int().describe('Taken back because of refunds.'),
    refunds: z.array(refund),
  })
  .meta({ id: 'TransactionDetail', description: 'A sale with what it earned and what was given back.' });

export type Transaction = z.infer<typeof transactionSummary>;
export type TransactionDetail = z.infer<typeof transactionDetail>;
export type Refund = z.infer<typeof refund>;

/** What is selected to show a sale. The provider's word on whose it is goes before ours. */
export const transactionColumns = {
  id: transactions.id,
  provider: transactions.provider,
  providerTransactionId: transactions.providerTransactionId,
  status: transactions.status,
  amountMinor: transactions.amountMinor,
  tipMinor: transactions.tipMinor,
  refundedMinor: transactions.refundedMinor,
  currency: transactions.currency,
  customer: shownCustomer<CustomerRow | null>(
    transactions.orgId,
    firstOf(transactions.customerId, transactions.linkedCustomerId),
  ),
  transactionAt: transactions.transactionAt,
  createdAt: transactions.createdAt,
  updatedAt: transactions.updatedAt,
};

type TransactionRow = Pick<typeof transactions.$inferSelect, Exclude<keyof typeof transactionColumns, 'customer'>> & {
  customer: CustomerRow | null;
};

export function serializeTransaction(row: TransactionRow): Transaction {
  return {
    ...row,
    id: showId('transaction', row.id),
    customer: row.customer && serializeCustomer(row.customer),
    transactionAt: row.transactionAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function serializeRefund(row: Pick<typeof refunds.$inferSelect, keyof Refund>): Refund {
  return { ...row, updatedAt: row.updatedAt.toISOString() };
}
