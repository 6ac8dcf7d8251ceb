import { id, instant, orgId } from '@tributary/db/columns';
import { boolean, integer, jsonb, pgSchema, text } from 'drizzle-orm/pg-core';
import type { RuleConfig } from './rule-config.ts';

export const loyalty = pgSchema('loyalty');

export const rewardRules = loyalty.table('reward_rules', {
  orgId: orgId(),
  id: id(),
  version: integer('version').notNull(),
  config: jsonb('config').$type<RuleConfig>().notNull(),
  currency: text('currency').notNull(),
  isActive: boolean('is_active').notNull(),
  effectiveFrom: instant('effective_from'),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
});
