import { amount, id, instant, orgId } from '@tributary/db/columns';
import { text, uuid } from 'drizzle-orm/pg-core';
import { loyalty } from '../rule/rule.sql.ts';

export const transactions = loyalty.table('transactions', {
  orgId: orgId(),
  id: id(),
  provider: text('provider').notNull(),
  providerTransactionId: text('provider_transaction_id').notNull(),
  status: text('status', { enum: ['pending', 'completed', 'cancelled', 'failed'] }).notNull(),
  amountMinor: amount('amount_minor').notNull(),
  tipMinor: amount('tip_minor').notNull(),
  refundedMinor: amount('refunded_minor').notNull(),
  currency: text('currency').notNull(),
  customerId: uuid('customer_id'),
  linkedCustomerId: uuid('linked_customer_id'),
  transactionAt: instant('transaction_at').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

export const refunds = loyalty.table('refunds', {
  orgId: orgId(),
  id: id(),
  provider: text('provider').notNull(),
  providerRefundId: text('provider_refund_id').notNull(),
  providerTransactionId: text('provider_transaction_id').notNull(),
  status: text('status', { enum: ['pending', 'completed', 'rejected', 'failed'] }).notNull(),
  amountMinor: amount('amount_minor').notNull(),
  currency: text('currency').notNull(),
  updatedAt: instant('provider_version').notNull(),
});

export const rewardEvents = loyalty.table('reward_events', {
  orgId: orgId(),
  transactionId: uuid('transaction_id').notNull(),
  ruleId: uuid('rule_id').notNull(),
  kind: text('kind', { enum: ['earn', 'clawback', 'return'] }).notNull(),
  points: amount('points').notNull(),
  postingId: uuid('posting_id'),
});
