import { type DailyMetric, type DailyStats, dailyMetrics } from '@tributary/core/daily-stats';

export type Grain = Pick<DailyStats, 'day' | 'campaign' | 'source' | 'subId'>;

/** Adds up what a network tells piece by piece into one row for each day and grain. */
export interface DailyRows {
  add(grain: Grain, counted: Partial<Record<DailyMetric, number>>): void;
  rows(): DailyStats[];
}

const nothing = Object.fromEntries(dailyMetrics.map((metric) => [metric, 0])) as Record<DailyMetric, number>;

/** What the database keeps of a name. */
const maxLength = 200;

export function createDailyRows(currency: string): DailyRows {
  const byGrain = new Map<string, DailyStats>();
  return {
    add: ({ day, ...names }, counted) => {
      const [campaign = '', source = '', subId = ''] = [names.campaign, names.source, names.subId].map(cut);
      const key = JSON.stringify([day, campaign, source, subId]);
      const row = byGrain.get(key) ?? { day, campaign, source, subId, currency, ...nothing };
      byGrain.set(key, row);
      for (const metric of dailyMetrics) row[metric] += counted[metric] ?? 0;
    },
    rows: () => [...byGrain.values()],
  };
}

/** Not through the middle of a character: Postgres takes no half of one. */
function cut(name: string): string {
  return [...name].slice(0, maxLength).join('');
}
