import { amount, id, instant, orgId } from '@tributary/db/columns';
import { text, uuid } from 'drizzle-orm/pg-core';
import { loyalty } from '../rule/rule.sql.ts';

export const rewards = loyalty.table('rewards', {
  orgId: orgId(),
  id: id(),
  walletId: uuid('wallet_id').notNull(),
  ruleId: uuid('rule_id').notNull(),
  holdId: uuid('hold_id').notNull(),
  points: amount('points').notNull(),
  valueMinor: amount('value_minor').notNull(),
  basketMinor: amount('basket_minor').notNull(),
  currency: text('currency').notNull(),
  status: text('status', { enum: ['issued', 'redeemed', 'deleted'] }).notNull(),
  deletedBecause: text('deleted_because', { enum: ['asked', 'expired'] }),
  appliedAs: text('applied_as', { enum: ['discount', 'tender'] }),
  provider: text('provider'),
  providerTransactionId: text('provider_transaction_id'),
  postingId: uuid('posting_id'),
  issuedBy: text('issued_by').notNull(),
  issuedAt: instant('issued_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  resolvedBy: text('resolved_by'),
  resolvedAt: instant('resolved_at'),
});

export type RewardRow = typeof rewards.$inferSelect;
