import { instant, orgId } from '@tributary/db/columns';
import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';

export const affiliate = pgSchema('affiliate');

export const accounts = affiliate.table('accounts', {
  orgId: orgId(),
  connectionId: uuid('connection_id').notNull(),
  brand: text('brand').notNull(),
  label: text('label'),
  timeZone: text('time_zone').notNull(),
  currency: text('currency').notNull(),
  createdAt: instant('created_at').notNull(),
});
