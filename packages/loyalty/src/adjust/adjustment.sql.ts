import { amount, id, instant, orgId } from '@tributary/db/columns';
import { text, uuid } from 'drizzle-orm/pg-core';
import { loyalty } from '../rule/rule.sql.ts';

export const adjustments = loyalty.table('adjustments', {
  orgId: orgId(),
  id: id(),
  walletId: uuid('wallet_id').notNull(),
  points: amount('points').notNull(),
  reason: text('reason').notNull(),
  actor: text('actor').notNull(),
  postingId: uuid('posting_id').notNull(),
  createdAt: instant('created_at').notNull(),
});
