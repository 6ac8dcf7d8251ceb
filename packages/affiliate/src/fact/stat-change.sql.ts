import { amount, id, instant, orgId } from '@tributary/db/columns';
import { date, text, uuid } from 'drizzle-orm/pg-core';
import { affiliate } from '../account/account.sql.ts';

export const statChanges = affiliate.table('stat_changes', {
  orgId: orgId(),
  id: id(),
  connectionId: uuid('connection_id').notNull(),
  day: date('day', { mode: 'string' }).notNull(),
  campaign: text('campaign').notNull(),
  source: text('source').notNull(),
  subId: text('sub_id').notNull(),
  metric: text('metric').notNull(),
  oldValue: amount('old_value').notNull(),
  newValue: amount('new_value').notNull(),
  runId: uuid('run_id'),
  changedAt: instant('changed_at').notNull(),
});
