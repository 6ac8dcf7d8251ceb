import { id, instant, orgId } from '@tributary/db/columns';
import { jsonb, pgSchema, text, uuid } from 'drizzle-orm/pg-core';
import type { AuditState } from './record.ts';

export const records = pgSchema('audit').table('records', {
  orgId: orgId(),
  id: id(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  targetType: text('target_type').notNull(),
  targetId: uuid('target_id').notNull(),
  reason: text('reason'),
  before: jsonb('before').$type<AuditState>(),
  after: jsonb('after').$type<AuditState>(),
  ip: text('ip'),
  userAgent: text('user_agent'),
  createdAt: instant('created_at').notNull(),
});
