import { id, instant, orgId } from '@tributary/db/columns';
import { date, jsonb, text, uuid } from 'drizzle-orm/pg-core';
import { affiliate } from '../account/account.sql.ts';

export const alerts = affiliate.table('alerts', {
  orgId: orgId(),
  id: id(),
  ruleId: uuid('rule_id').notNull(),
  dimension: text('dimension', { enum: ['total', 'brand', 'connection', 'campaign'] }).notNull(),
  scopeValue: text('scope_value').notNull(),
  windowFrom: date('window_from', { mode: 'string' }).notNull(),
  windowTo: date('window_to', { mode: 'string' }).notNull(),
  finding: jsonb('finding').notNull(),
  status: text('status', { enum: ['open', 'acknowledged', 'resolved'] }).notNull(),
  raisedAt: instant('raised_at').notNull(),
  acknowledgedAt: instant('acknowledged_at'),
  resolvedAt: instant('resolved_at'),
});

export type AlertRow = typeof alerts.$inferSelect;
