import { dailyMetrics } from '@tributary/core/daily-stats';
import { idPattern, readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, gte, lt, lte } from 'drizzle-orm';
import * as z from 'zod';
import { metrics } from '../rollup/rollup-columns.ts';
import { day } from '../sub-affiliate/sub-affiliate.ts';
import { statChanges } from './stat-change.sql.ts';
import { serializeStatChange } from './stat-change.ts';

export const changeFilters = z.strictObject({
  connectionId: z.string().regex(idPattern('connection'), 'must be the id of a connection').optional(),
  metric: z.enum(dailyMetrics).optional(),
  from: day.optional().describe('Of days from this one on.'),
  to: day.optional().describe('Of days up to this one.'),
});

/** Behind the change with this id (a UUID). */
export const changePosition = z.uuid();

const listChangesInput = changeFilters.extend({ limit: z.int().positive(), after: changePosition.optional() });

/** What networks changed afterwards, the latest first: at most `limit`, each with the position a next page continues from. */
export const listChanges = verb(
  listChangesInput,
  async (context: TenantContext, { connectionId, metric, from, to, limit, after }) => {
    const column = metrics.find((one) => one.metric === metric)?.column;
    const wanted = and(
      eq(statChanges.orgId, context.orgId),
      connectionId === undefined ? undefined : eq(statChanges.connectionId, readId('connection', connectionId)),
      column === undefined ? undefined : eq(statChanges.metric, column),
      from === undefined ? undefined : gte(statChanges.day, from),
      to === undefined ? undefined : lte(statChanges.day, to),
      after === undefined ? undefined : lt(statChanges.id, after),
    );
    const rows = await readTenant(context, (reader) =>
      reader.select().from(statChanges).where(wanted).orderBy(desc(statChanges.id)).limit(limit),
    );
    return rows.map((row) => ({ item: serializeStatChange(row), position: row.id }));
  },
);
