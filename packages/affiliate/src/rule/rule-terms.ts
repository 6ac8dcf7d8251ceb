import { dailyMetrics } from '@tributary/core/daily-stats';
import { invalidFields } from '@tributary/core/errors';
import { idPattern } from '@tributary/core/ids';
import * as z from 'zod';
import { ruleMetricNames } from './rule-metrics.ts';

/** As long as names of networks are, in characters: some are two of JavaScript's units. */
const longestName = 200;

const largestAmount = 1_000_000_000_000;
const value = z.int().min(-largestAmount).max(largestAmount);

export const ruleScope = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('organization') }),
    z.strictObject({
      kind: z.literal('brand'),
      brand: z
        .string()
        .regex(/^[a-z][a-z0-9-]{1,40}$/, 'must be the slug of a brand')
        .nullable(),
    }),
    z.strictObject({
      kind: z.literal('connection'),
      connectionId: z.string().regex(idPattern('connection'), 'must be the id of a connection').nullable(),
    }),
    z.strictObject({
      kind: z.literal('campaign'),
      campaign: z
        .string()
        .min(1)
        .max(2 * longestName)
        .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text')
        .refine((text) => [...text].length <= longestName, `must have at most ${longestName} characters`)
        .nullable(),
    }),
  ])
  .meta({ id: 'RuleScope', description: 'What is looked at. Null: each of them by itself.' });

export type RuleScope = z.infer<typeof ruleScope>;

const comparisons = ['above', 'below', 'rises_by', 'falls_by'] as const;

const isChange = (comparison: (typeof comparisons)[number]) => comparison === 'rises_by' || comparison === 'falls_by';

const condition = z
  .strictObject({
    metric: z
      .enum(ruleMetricNames)
      .describe('Over the window. Amounts are minor units of the base currency, rates hundredths of a percent.'),
    comparison: z
      .enum(comparisons)
      .describe('`above` and `below` a value; `rises_by` and `falls_by` at least so much, against the window before.'),
    threshold: value.describe('Of the metric; of a rise or fall in hundredths of a percent: 2000 is 20 %.'),
  })
  .refine(({ comparison, threshold }) => !isChange(comparison) || threshold > 0, {
    path: ['threshold'],
    message: 'must be above 0',
  });

/** When a rule raises an alert. */
export const ruleTerms = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('metric'),
      windowDays: z.int().min(1).max(90).describe('Whole days, up to the last one that every network has told.'),
      match: z.enum(['all', 'any']).describe('Whether all conditions have to hold, or one.'),
      conditions: z.array(condition).min(1).max(5),
      minimumSample: z
        .strictObject({ metric: z.enum(['clicks', 'signups', 'ftdCount']), count: z.int().min(1).max(largestAmount) })
        .nullable()
        .describe('With less in the window nothing is said; with less in the one before nothing rises or falls.'),
    }),
    z.strictObject({
      kind: z.literal('restated'),
      metric: z.enum(dailyMetrics).describe('A value of a past day that a network changed afterwards.'),
      direction: z.enum(['down', 'up']),
      atLeast: z.int().min(1).max(largestAmount).describe('All changes together that no alert has told yet.'),
    }),
    z.strictObject({
      kind: z.literal('sync_failed'),
      failures: z
        .int()
        .min(1)
        .max(100)
        .describe('In a row. A connection that has to be connected again always counts.'),
    }),
    z.strictObject({ kind: z.literal('commission_disagrees') }),
  ])
  .meta({ id: 'RuleTerms' });

export type RuleTerms = z.infer<typeof ruleTerms>;

/** @throws AppError `validation_failed` for terms that mean nothing, or no end of alerts, for what is looked at */
export function assertFits(scope: RuleScope, terms: RuleTerms): void {
  const wrong = misfit(scope, terms);
  if (wrong !== null) throw invalidFields([wrong]);
}

function misfit(scope: RuleScope, terms: RuleTerms) {
  if (terms.kind === 'metric') {
    const isOfEachCampaign = scope.kind === 'campaign' && scope.campaign === null;
    return isOfEachCampaign && terms.minimumSample === null
      ? { path: 'terms.minimumSample', message: 'must be told where each campaign is looked at' }
      : null;
  }
  // Amounts of several accounts may be in several currencies, and runs and deals are of one.
  const isOfConnections = terms.kind !== 'restated' || terms.metric.endsWith('Minor');
  return isOfConnections && scope.kind !== 'connection'
    ? { path: 'scope.kind', message: 'must be connection for these terms' }
    : null;
}
