import { type DailyMetric, dailyMetrics } from '@tributary/core/daily-stats';
import * as z from 'zod';
import type { Period } from './period.ts';

const amount = z.int().describe('Minor units of `currency`.');
const rate = z.number().nullable();

export const figures = z
  .strictObject({
    clicks: z.int(),
    signups: z.int(),
    ftdCount: z.int().describe('First deposits.'),
    depositsMinor: amount,
    ggrMinor: amount,
    ngrMinor: amount,
    commissionMinor: amount,
    signupRate: rate.describe('Sign-ups per click, to six decimals; null without clicks.'),
    ftdRate: rate.describe('First deposits per sign-up, to six decimals; null without sign-ups.'),
    epcMinor: rate.describe('Commission per click in minor units, to six decimals; null without clicks.'),
    unconverted: z
      .int()
      .describe(
        'Rows of facts that the amounts miss, since no rate to `currency` is known yet; they are in the counts.',
      ),
  })
  .meta({ id: 'AffiliateFigures', description: 'What networks counted, in the base currency of the organization.' });

export type Figures = z.infer<typeof figures>;

const change = z.strictObject({
  absolute: z.int(),
  percent: z.number().nullable().describe('Of the magnitude of what was before, to two decimals; null when that is 0.'),
});

export const comparison = z
  .strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    figures,
    change: z.strictObject(
      Object.fromEntries(dailyMetrics.map((metric) => [metric, change])) as Record<DailyMetric, typeof change>,
    ),
  })
  .meta({ id: 'AffiliateComparison', description: 'The period before, and what changed since.' });

type Comparison = z.infer<typeof comparison>;

/** What sums come as from the database: in the order of `dailyMetrics`, then rows without amounts. Null: of nothing. */
export type Sums = readonly (number | null)[];

export function computeFigures(sums: Sums): Figures {
  const counted = Object.fromEntries(dailyMetrics.map((metric, at) => [metric, safe(sums[at])])) as Record<
    DailyMetric,
    number
  >;
  return {
    ...counted,
    signupRate: ratio(counted.signups, counted.clicks),
    ftdRate: ratio(counted.ftdCount, counted.signups),
    epcMinor: ratio(counted.commissionMinor, counted.clicks),
    unconverted: safe(sums[dailyMetrics.length]),
  };
}

export function computeComparison(current: Figures, sums: Sums, { previous }: Period): Comparison {
  const before = computeFigures(sums);
  const changeOf = (metric: DailyMetric) => {
    const absolute = safe(current[metric] - before[metric]);
    // By its magnitude, so that the sign says the direction where what was before is negative, too.
    const percent = before[metric] === 0 ? null : rounded((absolute * 100) / Math.abs(before[metric]), 2);
    return { absolute, percent };
  };
  const changes = Object.fromEntries(dailyMetrics.map((metric) => [metric, changeOf(metric)]));
  return { ...previous, figures: before, change: changes as Comparison['change'] };
}

/** Sums of absurd amounts stay at the last safe integer, as those in the roll-ups do. */
const safe = (sum: number | null | undefined) =>
  Math.min(Math.max(sum ?? 0, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);

const ratio = (dividend: number, divisor: number) => (divisor === 0 ? null : rounded(dividend / divisor, 6));

/** Not −0, which JSON cannot say. */
const rounded = (value: number, decimals: number) => Number(value.toFixed(decimals)) + 0;
