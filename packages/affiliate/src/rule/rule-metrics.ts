import { type DailyMetric, dailyMetrics } from '@tributary/core/daily-stats';

interface RuleMetric {
  of: DailyMetric;
  /** What it is shared out over; null for the sum itself. */
  per: DailyMetric | null;
  /** A quotient is told as so many of these. */
  scale: number;
}

const sums = Object.fromEntries(dailyMetrics.map((metric) => [metric, { of: metric, per: null, scale: 1 }])) as Record<
  DailyMetric,
  RuleMetric
>;

/** What a rule may look at: sums over the window's days, and quotients of such sums. Amounts are in base currency. */
export const ruleMetrics = {
  ...sums,
  signupRateBps: { of: 'signups', per: 'clicks', scale: 10_000 },
  ftdRateBps: { of: 'ftdCount', per: 'signups', scale: 10_000 },
  conversionRateBps: { of: 'ftdCount', per: 'clicks', scale: 10_000 },
  depositsPerFtdMinor: { of: 'depositsMinor', per: 'ftdCount', scale: 1 },
  commissionPerFtdMinor: { of: 'commissionMinor', per: 'ftdCount', scale: 1 },
  epcMinor: { of: 'commissionMinor', per: 'clicks', scale: 1 },
} as const satisfies Readonly<Record<string, RuleMetric>>;

type RuleMetricName = keyof typeof ruleMetrics;

export const ruleMetricNames = Object.keys(ruleMetrics) as [RuleMetricName, ...RuleMetricName[]];
