import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { events } from './event.sql.ts';

export const inboxEvent = z
  .strictObject({
    id: z.string(),
    deliveryId: z.string(),
    connectionId: z.string(),
    provider: z.string(),
    type: z.string().describe("The provider's own word: `payment.updated`."),
    status: z.enum(['pending', 'applied', 'ignored', 'quarantined']),
    reason: z.string().nullable().describe('Why it was quarantined.'),
    occurredAt: z.iso.datetime().nullable().describe('As the provider says.'),
    receivedAt: z.iso.datetime(),
    processedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'InboxEvent', description: 'One thing a delivery says.' });

export type InboxEvent = z.infer<typeof inboxEvent>;

export function serializeEvent({ orgId: _, pendingSince: __, ...row }: typeof events.$inferSelect): InboxEvent {
  return {
    ...row,
    id: showId('event', row.id),
    deliveryId: showId('delivery', row.deliveryId),
    connectionId: showId('connection', row.connectionId),
    occurredAt: row.occurredAt?.toISOString() ?? null,
    receivedAt: row.receivedAt.toISOString(),
    processedAt: row.processedAt?.toISOString() ?? null,
  };
}
