import { showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt, min, sql } from 'drizzle-orm';
import * as z from 'zod';
import { events } from './event.sql.ts';
import type { InboxEvent } from './event.ts';

const count = z.int().nonnegative();

export const delivery = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    receivedAt: z.iso.datetime(),
    events: z.int().positive().describe('How many of its events are ours.'),
    statuses: z
      .strictObject({ pending: count, applied: count, ignored: count, quarantined: count })
      .describe('What became of them.'),
  })
  .meta({ id: 'Delivery', description: 'One webhook request, as far as it concerns the organization.' });

export type Delivery = z.infer<typeof delivery>;

/** Behind the delivery with this id (a UUID). */
export const deliveryPosition = z.uuid();

const listDeliveriesInput = z.strictObject({ limit: z.int().positive(), after: deliveryPosition.optional() });

const eventsThatAre = (status: InboxEvent['status']) =>
  sql`count(*) filter (where ${eq(events.status, status)})`.mapWith(Number);

/**
 * Deliveries that hold events of the organization, the newest first: at most `limit`, each with the position a next page continues
 * from. Told from the events alone: a delivery may hold events of others too, so nobody sees the delivery itself.
 */
export const listDeliveries = verb(listDeliveriesInput, async (context: TenantContext, { limit, after }) => {
  const rows = await readTenant(context, (reader) =>
    reader
      .select({
        id: events.deliveryId,
        provider: sql<string>`min(${events.provider})`,
        receivedAt: min(events.receivedAt),
        events: sql`count(*)`.mapWith(Number),
        pending: eventsThatAre('pending'),
        applied: eventsThatAre('applied'),
        ignored: eventsThatAre('ignored'),
        quarantined: eventsThatAre('quarantined'),
      })
      .from(events)
      .where(and(eq(events.orgId, context.orgId), after === undefined ? undefined : lt(events.deliveryId, after)))
      .groupBy(events.deliveryId)
      .orderBy(desc(events.deliveryId))
      .limit(limit),
  );
  return rows.map(({ id, provider, receivedAt, events, ...statuses }) => ({
    item: {
      id: showId('delivery', id),
      provider,
      receivedAt: (receivedAt as Date).toISOString(),
      events,
      statuses,
    } satisfies Delivery,
    position: id,
  }));
});
