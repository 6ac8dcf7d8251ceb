import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import * as z from 'zod';
import { events } from './event.sql.ts';
import { serializeEvent } from './event.ts';

/** Behind the event with this id (a UUID). */
export const quarantinePosition = z.uuid();

const listQuarantineInput = z.strictObject({ limit: z.int().positive(), after: quarantinePosition.optional() });

/** Events that can never be applied as they are, the newest first: at most `limit`, each with the position a next page continues from. */
export const listQuarantine = verb(listQuarantineInput, async (context: TenantContext, { limit, after }) => {
  // A literal and not a parameter: only so does the partial index match whatever the plan.
  const quarantined = sql`${events.status} = 'quarantined'`;
  const behind = after === undefined ? undefined : lt(events.id, after);
  const rows = await readTenant(context, (reader) =>
    reader
      .select()
      .from(events)
      .where(and(eq(events.orgId, context.orgId), quarantined, behind))
      .orderBy(desc(events.id))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeEvent(row), position: row.id }));
});
