import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { events } from './event.sql.ts';
import { inboxEvent, serializeEvent } from './event.ts';

export const eventFilters = z.strictObject({
  status: inboxEvent.shape.status.optional().describe('What became of it.'),
});

/** Behind the event with this id (a UUID). */
export const eventPosition = z.uuid();

const listEventsInput = eventFilters.extend({ limit: z.int().positive(), after: eventPosition.optional() });

/** The organization's events, the newest first: at most `limit`, each with the position a next page continues from. */
export const listEvents = verb(listEventsInput, async (context: TenantContext, { status, limit, after }) => {
  const wanted = [
    eq(events.orgId, context.orgId),
    status === undefined ? undefined : eq(events.status, status),
    after === undefined ? undefined : lt(events.id, after),
  ];
  const rows = await readTenant(context, (reader) =>
    reader
      .select()
      .from(events)
      .where(and(...wanted))
      .orderBy(desc(events.id))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeEvent(row), position: row.id }));
});
