import { dailyMetrics } from '@tributary/core/daily-stats';
import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import { metrics } from '../rollup/rollup-columns.ts';
import type { statChanges } from './stat-change.sql.ts';

export const statChange = z
  .strictObject({
    id: z.string(),
    connectionId: z.string(),
    day: z.iso.date(),
    campaign: z.string(),
    source: z.string(),
    subId: z.string(),
    metric: z.enum(dailyMetrics),
    oldValue: z.int().describe('Amounts in minor units of the account’s currency.'),
    newValue: z.int(),
    runId: z.string().nullable().describe('The pull that brought it; null for an upload.'),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'StatChange', description: 'A value of a past day that a network changed afterwards.' });

type StatChange = z.infer<typeof statChange>;

const metricOf = new Map<string, StatChange['metric']>(metrics.map(({ metric, column }) => [column, metric]));

export function serializeStatChange({ orgId: _, ...row }: typeof statChanges.$inferSelect): StatChange {
  return {
    ...row,
    id: showId('statChange', row.id),
    connectionId: showId('connection', row.connectionId),
    metric: metricOf.get(row.metric) as StatChange['metric'],
    runId: row.runId === null ? null : showId('run', row.runId),
    changedAt: row.changedAt.toISOString(),
  };
}
