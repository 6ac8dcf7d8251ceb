import { id, instant, orgId } from '@tributary/db/columns';
import { integer, jsonb, text } from 'drizzle-orm/pg-core';
import { affiliate } from '../account/account.sql.ts';
import type { RuleTerms } from './rule-terms.ts';

export const automationRules = affiliate.table('automation_rules', {
  orgId: orgId(),
  id: id(),
  name: text('name').notNull(),
  status: text('status', { enum: ['active', 'paused', 'archived'] }).notNull(),
  kind: text('kind', { enum: ['metric', 'restated', 'sync_failed', 'commission_disagrees'] }).notNull(),
  dimension: text('dimension', { enum: ['total', 'brand', 'connection', 'campaign'] }).notNull(),
  scopeValue: text('scope_value'),
  terms: jsonb('terms').$type<RuleTerms>().notNull(),
  coolDownHours: integer('cool_down_hours').notNull(),
  watchingSince: instant('watching_since').notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
});

export type AutomationRuleRow = typeof automationRules.$inferSelect;
