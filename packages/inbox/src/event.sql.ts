import { id, instant, orgId } from '@tributary/db/columns';
import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';

/** Without the payload: what a provider said in full stays where it is. */
export const events = pgSchema('inbox').table('events', {
  orgId: orgId(),
  id: id(),
  connectionId: uuid('connection_id').notNull(),
  deliveryId: uuid('delivery_id').notNull(),
  provider: text('provider').notNull(),
  type: text('type').notNull(),
  occurredAt: instant('occurred_at'),
  receivedAt: instant('received_at').notNull(),
  status: text('status', { enum: ['pending', 'applied', 'ignored', 'quarantined'] }).notNull(),
  reason: text('reason'),
  processedAt: instant('processed_at'),
  pendingSince: instant('pending_since').notNull(),
});
