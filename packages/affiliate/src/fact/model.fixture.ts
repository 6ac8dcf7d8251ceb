import { type DailyMetric, type DailyStats, type DayWindow, dailyMetrics } from '@tributary/core/daily-stats';

const columns: Readonly<Record<DailyMetric, string>> = {
  clicks: 'clicks',
  signups: 'signups',
  ftdCount: 'ftd_count',
  depositsMinor: 'deposits_minor',
  ggrMinor: 'ggr_minor',
  ngrMinor: 'ngr_minor',
  commissionMinor: 'commission_minor',
};

type Metrics = Record<DailyMetric, number>;

/** What the facts of one account must be, kept row by row in memory. Its days are UTC. */
export interface Model {
  apply(
    window: DayWindow,
    rows: readonly DailyStats[],
    at: string,
    isComplete: boolean,
  ): { zeroed: number; changes: number };
  facts(): Map<string, Metrics>;
  changes: { day: string; metric: string; from: number; to: number }[];
  /** Days that changed since this was last emptied. */
  dirtyDays: Set<string>;
}

export const keyOf = ({ day, campaign, source, subId }: Pick<DailyStats, 'day' | 'campaign' | 'source' | 'subId'>) =>
  [day, campaign, source, subId].join('|');

export function createModel(): Model {
  const facts = new Map<string, Metrics>();
  const seenDays = new Set<string>();
  const model: Model = {
    changes: [],
    dirtyDays: new Set(),
    facts: () => facts,
    apply(window, rows, at, isComplete) {
      const said = new Map<string, Metrics>();
      for (const row of rows) {
        const sum = said.get(keyOf(row)) ?? none();
        for (const metric of dailyMetrics) sum[metric] += row[metric];
        said.set(keyOf(row), sum);
      }
      const before = model.changes.length;
      let zeroed = 0;
      for (const key of isComplete ? [...facts.keys()] : []) {
        const day = key.slice(0, 10);
        const isAbsent = day >= window.from && day <= window.to && !said.has(key);
        if (isAbsent && replace(model, key, none(), seenDays)) zeroed += 1;
      }
      for (const [key, metrics] of said) replace(model, key, metrics, seenDays);
      const today = at.slice(0, 10);
      const hasEnded = (day: string) => day <= window.to && day < today;
      for (let day = window.from; isComplete && hasEnded(day); day = dayAfter(day)) seenDays.add(day);
      return { zeroed, changes: model.changes.length - before };
    },
  };
  return model;
}

const none = () => Object.fromEntries(dailyMetrics.map((metric) => [metric, 0])) as Metrics;

const dayAfter = (day: string) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

function replace(model: Model, key: string, metrics: Metrics, seenDays: ReadonlySet<string>): boolean {
  const facts = model.facts();
  const known = facts.get(key);
  const changed = dailyMetrics.filter((metric) => known?.[metric] !== metrics[metric]);
  if (changed.length === 0) return false;
  const day = key.slice(0, 10);
  facts.set(key, { ...metrics });
  model.dirtyDays.add(day);
  if (known === undefined || !seenDays.has(day)) return true;
  for (const metric of changed) {
    model.changes.push({ day, metric: columns[metric], from: known[metric], to: metrics[metric] });
  }
  return true;
}
