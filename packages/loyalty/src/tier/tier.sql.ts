import { instant, orgId } from '@tributary/db/columns';
import { integer, jsonb, text } from 'drizzle-orm/pg-core';
import { loyalty } from '../rule/rule.sql.ts';
import type { TierConfig } from './tier-config.ts';

export const tierSettings = loyalty.table('tier_settings', {
  orgId: orgId(),
  version: integer('version').notNull(),
  config: jsonb('config').$type<TierConfig>().notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
});
