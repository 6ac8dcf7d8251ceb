import { type DailyMetric, type DailyStats, type DayWindow, dailyMetrics } from '@tributary/core/daily-stats';
import { AppError, invalidFields } from '@tributary/core/errors';
import { Temporal } from 'temporal-polyfill';

/** What a network says of one day and grain, all its rows together. */
export type GrainTotals = Omit<DailyStats, 'currency'>;

/** Days of one window at most: three years and a bit. */
const mostDays = 1100;

/** As long as the columns are. */
const longestName = 200;

/** A day's sum beyond this is a mistake of somebody's, and sums of such would not fit a safe integer. */
const mostOfMetric = 1e14;

/**
 * Adds rows that share day and grain, in the order of day and grain (bytes of UTF-8). Names longer than a column are cut, so those alike
 * up to there add up.
 * @throws AppError `validation_failed` for a day outside of the window or a number that is none; `currency_mismatch`
 */
export function sumGrains(rows: readonly DailyStats[], window: DayWindow, currency: string): GrainTotals[] {
  const days = daysOf(window);
  const totals = new Map<string, GrainTotals>();
  rows.forEach((row, index) => {
    if (row.currency !== currency)
      throw new AppError('currency_mismatch', 'A row is in another currency than the account.');
    if (!days.has(row.day)) throw invalidRow(index, 'day', 'must be a day of the window');
    const [campaign, source, subId] = [toName(row.campaign), toName(row.source), toName(row.subId)];
    const key = `${row.day}\0${campaign}\0${source}\0${subId}`;
    const total = totals.get(key) ?? { ...zeroes, day: row.day, campaign, source, subId };
    for (const metric of dailyMetrics) total[metric] = add(total[metric], row[metric], index, metric);
    totals.set(key, total);
  });
  return inOrder(totals);
}

/**
 * By bytes of UTF-8. JavaScript's own order, which is by units of UTF-16, is the same and ten times faster as long as no key has
 * anything that lies behind the surrogates.
 */
function inOrder(totals: ReadonlyMap<string, GrainTotals>): GrainTotals[] {
  const keyed = [...totals];
  if (keyed.some(([key]) => beyondUnits.test(key))) {
    const bytes = new Map(keyed.map(([key]) => [key, Buffer.from(key)]));
    keyed.sort(([a], [b]) => Buffer.compare(bytes.get(a) as Buffer, bytes.get(b) as Buffer));
  } else keyed.sort(([a], [b]) => (a < b ? -1 : 1));
  return keyed.map(([, total]) => total);
}

const beyondUnits = /[\uD800-\uFFFF]/;

const zeroes = Object.fromEntries(dailyMetrics.map((metric) => [metric, 0])) as Record<DailyMetric, number>;

function daysOf({ from, to }: DayWindow): ReadonlySet<string> {
  const days = new Set<string>();
  const last = Temporal.PlainDate.from(to);
  for (
    let day = Temporal.PlainDate.from(from);
    Temporal.PlainDate.compare(day, last) <= 0;
    day = day.add({ days: 1 })
  ) {
    if (days.size === mostDays) break;
    days.add(day.toString());
  }
  if (days.has(to)) return days;
  throw invalidFields([{ path: 'window', message: `must be of 1 to ${mostDays} days` }]);
}

/** What PostgreSQL can hold of it: no NUL, no half of a character, no more than the column takes. */
function toName(text: string): string {
  const storable = text.replaceAll('\0', '\uFFFD').toWellFormed();
  return storable.length <= longestName ? storable : [...storable].slice(0, longestName).join('');
}

function add(sum: number, value: number, index: number, metric: DailyMetric): number {
  const total = sum + value;
  if (Number.isSafeInteger(value) && Math.abs(total) <= mostOfMetric) return total;
  throw invalidRow(index, metric, 'must be a whole number that a day can have');
}

const invalidRow = (index: number, field: string, message: string) =>
  invalidFields([{ path: `rows.${index}.${field}`, message }]);
