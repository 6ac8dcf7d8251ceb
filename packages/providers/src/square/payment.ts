import type { PaymentFact } from '@tributary/core/facts';
import * as z from 'zod';
import { customerRef, identifier, timestamp } from '../fields.ts';
import { squareMoney } from './money.ts';
import type { Sale } from './sale.ts';

/** What we read of a Payment (https://developer.squareup.com/reference/square/objects/Payment). */
export const squarePayment = z.looseObject({
  id: identifier,
  status: z.string(),
  amount_money: squareMoney,
  tip_money: squareMoney.nullish(),
  refunded_money: squareMoney.nullish(),
  order_id: z.string().nullish(),
  customer_id: z.string().nullish(),
  buyer_email_address: z.string().nullish(),
  created_at: timestamp,
  updated_at: timestamp.nullish(),
});

export type SquarePayment = z.output<typeof squarePayment>;

const statuses = new Map<string, PaymentFact['status']>([
  ['APPROVED', 'pending'],
  ['PENDING', 'pending'],
  ['COMPLETED', 'completed'],
  ['CANCELED', 'cancelled'],
  ['FAILED', 'failed'],
]);

const unknownSale: Sale = { lineItems: null, taxMinor: null };

/**
 * `amount_money` has no tip in it; `refunded_money` has. A status we do not know counts as pending: nothing is earned on it yet.
 * Lines and their tax are the order's.
 */
export function toFact(payment: SquarePayment, { lineItems, taxMinor }: Sale = unknownSale): PaymentFact {
  return {
    kind: 'payment',
    provider: 'square',
    externalId: payment.id,
    status: statuses.get(payment.status.toUpperCase()) ?? 'pending',
    amountMinor: payment.amount_money.amount,
    tipMinor: payment.tip_money?.amount ?? 0,
    taxMinor,
    refundedMinor: payment.refunded_money?.amount ?? 0,
    currency: payment.amount_money.currency.toUpperCase(),
    customer: customerRef({ externalId: payment.customer_id, email: payment.buyer_email_address, mobile: null }),
    lineItems,
    takenAt: new Date(payment.created_at),
    version: new Date(payment.updated_at ?? payment.created_at),
  };
}
