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
export const listDeliveries = verb(listDeliveriesInput, async (context: TenantContext, wanted) => {
  const rows = await readDeliveries(context, wanted);
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

/** First the ids of the page, from an index that has nothing else in it; then the events of these. */
function readDeliveries({ database, orgId }: TenantContext, { limit, after }: z.output<typeof listDeliveriesInput>) {
  return readTenant({ database, orgId }, (reader) => {
    const page = reader
      .select({ deliveryId: events.deliveryId })
      .from(events)
      .where(and(eq(events.orgId, orgId), after === undefined ? undefined : lt(events.deliveryId, after)))
      .groupBy(events.deliveryId)
      .orderBy(desc(events.deliveryId))
      .limit(limit)
      .as('page');
    return reader
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
      .from(page)
      .innerJoin(events, and(eq(events.orgId, orgId), eq(events.deliveryId, page.deliveryId)))
      .groupBy(events.deliveryId)
      .orderBy(desc(events.deliveryId));
  });
}
