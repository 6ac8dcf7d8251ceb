import { dailyMetrics } from '@tributary/core/daily-stats';
import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import { ruleMetricNames } from '../rule/rule-metrics.ts';
import { ruleScope } from '../rule/rule-terms.ts';
import { showScope } from '../rule/stored-scope.ts';
import type { AlertRow } from './alert.sql.ts';

export const alertStatus = z.enum(['open', 'acknowledged', 'resolved']);

const seen = z.strictObject({
  metric: z.enum(ruleMetricNames),
  comparison: z.enum(['above', 'below', 'rises_by', 'falls_by']),
  threshold: z.int(),
  value: z.int().nullable().describe('In the window, rounded; null where there is nothing to share it out over.'),
  previous: z.int().nullable().describe('In the window before.'),
  holds: z.boolean(),
});

/** What an alert was raised for, in the form of its kind. */
const finding = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('metric'), baseCurrency: z.string().length(3), conditions: z.array(seen) }),
    z.strictObject({
      kind: z.literal('restated'),
      metric: z.enum(dailyMetrics),
      change: z.int().describe('Of all its days together; below zero where the network took away.'),
      changes: z.int().positive(),
    }),
    z.strictObject({ kind: z.literal('sync_failed'), failures: z.int().nonnegative(), status: z.string() }),
    z.strictObject({
      kind: z.literal('commission_disagrees'),
      dealId: z.string(),
      currency: z.string().length(3),
      expectedMinor: z.int(),
      reportedMinor: z.int(),
    }),
  ])
  .meta({ id: 'AlertFinding' });

export const alert = z
  .strictObject({
    id: z.string(),
    ruleId: z.string(),
    scope: ruleScope,
    window: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
    finding,
    status: alertStatus,
    raisedAt: z.iso.datetime(),
    acknowledgedAt: z.iso.datetime().nullable(),
    resolvedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Alert', description: 'What a rule saw: once for what it looked at and its days.' });

export type Alert = z.infer<typeof alert>;

export function serializeAlert(row: AlertRow): Alert {
  const found = finding.parse(row.finding);
  return {
    id: showId('alert', row.id),
    ruleId: showId('automationRule', row.ruleId),
    scope: showScope(row),
    window: { from: row.windowFrom, to: row.windowTo },
    finding: found.kind === 'commission_disagrees' ? { ...found, dealId: showId('deal', found.dealId) } : found,
    status: row.status,
    raisedAt: row.raisedAt.toISOString(),
    acknowledgedAt: row.acknowledgedAt?.toISOString() ?? null,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
  };
}
