import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { events } from './event.sql.ts';
import { inboxEvent, serializeEvent } from './event.ts';

export const deliveryDetail = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    receivedAt: z.iso.datetime(),
    events: z.array(inboxEvent).min(1),
  })
  .meta({ id: 'DeliveryDetail', description: 'One webhook request with those of its events that are ours.' });

export type DeliveryDetail = z.infer<typeof deliveryDetail>;

const listDeliveryEventsInput = z.strictObject({ deliveryId: z.string() });

/**
 * A delivery with the organization's events in it, in order of their ids; not paged, as the size of a request bounds them.
 * @throws AppError `not_found` also for a delivery that holds events of others only.
 */
export const listDeliveryEvents = verb(
  listDeliveryEventsInput,
  async (context: TenantContext, { deliveryId }): Promise<DeliveryDetail> => {
    const own = and(eq(events.orgId, context.orgId), eq(events.deliveryId, readId('delivery', deliveryId)));
    const rows = await readTenant(context, (reader) => reader.select().from(events).where(own).orderBy(events.id));
    const [first, ...others] = rows.map(serializeEvent);
    if (!first) throw new AppError('not_found', 'No such object.');
    return { id: first.deliveryId, provider: first.provider, receivedAt: first.receivedAt, events: [first, ...others] };
  },
);
