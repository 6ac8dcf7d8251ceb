import { type DayWindow, dailyMetrics } from '@tributary/core/daily-stats';
import type { TenantTransaction } from '@tributary/db/transaction';
import { Temporal } from 'temporal-polyfill';
import type { LockedAccount } from '../account/lock-account.ts';
import { minorScale } from '../rate/base-amounts.ts';
import { comparing } from './comparing.ts';
import type { GrainTotals } from './sum-grains.ts';

/** What was read of a window of an account, and by which run. */
export interface ReadWindow {
  connectionId: string;
  /** Null for an upload. */
  runId: string | null;
  window: DayWindow;
  /** Whether what was not read is not there. */
  isComplete: boolean;
  now: Date;
}

export interface Written {
  /** Rows inserted or changed, those set to zero not counted. */
  written: number;
  /** Rows that vanished from a complete window, set to zero. */
  zeroed: number;
  /** Values of past days that are others now, each on record. */
  changes: number;
  /** Days that changed, YYYY-MM-DD. */
  days: string[];
}

const rowsPerStatement = 1000;

/** Writes what differs from what is stored, a statement per thousand grains, which come in their order. */
export async function writeGrains(
  tx: TenantTransaction,
  account: LockedAccount,
  read: ReadWindow,
  grains: readonly GrainTotals[],
): Promise<Written> {
  const sum: Written = { written: 0, zeroed: 0, changes: 0, days: [] };
  const stretches = stretchesOf(read.window, grains, (stretch) => valuesOf(tx.orgId, account, read, stretch));
  let stretch = stretches.next();
  while (!stretch.done) {
    const writing = tx.query<Written>(comparing, stretch.value);
    // Made ready while the database is at work.
    stretch = stretches.next();
    const [done] = await writing;
    sum.written += done?.written ?? 0;
    sum.zeroed += done?.zeroed ?? 0;
    sum.changes += done?.changes ?? 0;
    sum.days.push(...(done?.days ?? []));
  }
  return { ...sum, days: [...new Set(sum.days)] };
}

type Place = Pick<GrainTotals, 'day' | 'campaign' | 'source' | 'subId'>;

const nameless = { campaign: '', source: '', subId: '' };

/** All there is from a place on, and before another. */
interface Stretch {
  grains: readonly GrainTotals[];
  from: Place;
  until: Place;
}

function* stretchesOf<Shown>(
  window: DayWindow,
  grains: readonly GrainTotals[],
  show: (stretch: Stretch) => Shown,
): Generator<Shown, void> {
  const behind = { day: Temporal.PlainDate.from(window.to).add({ days: 1 }).toString(), ...nameless };
  let from: Place = { day: window.from, ...nameless };
  // At least one: a complete window without rows has nothing, and that is to be written too.
  for (let start = 0; start === 0 || start < grains.length; start += rowsPerStatement) {
    const until = grains[start + rowsPerStatement] ?? behind;
    yield show({ grains: grains.slice(start, start + rowsPerStatement), from, until });
    from = until;
  }
}

/** Parameters of `comparing`, in its order. */
function valuesOf(
  orgId: string,
  { brand, currency, baseCurrency, seenDays }: LockedAccount,
  { connectionId, runId, isComplete, now }: ReadWindow,
  { grains, from, until }: Stretch,
): unknown[] {
  const column = (name: keyof GrainTotals) => grains.map((totals) => totals[name]);
  const placed = ({ day, campaign, source, subId }: Place) => [day, campaign, source, subId];
  return [
    orgId,
    connectionId,
    // Arrays as text: the driver would look at each item for longer than the database does.
    `{${column('day')}}`,
    ...(['campaign', 'source', 'subId'] as const).map((name) => `{${grains.map((totals) => quoted(totals[name]))}}`),
    ...dailyMetrics.map((metric) => `{${column(metric)}}`),
    ...placed(from),
    ...placed(until),
    isComplete,
    currency,
    baseCurrency,
    ...minorScale(currency, baseCurrency),
    brand,
    runId,
    now,
    seenDays,
  ];
}

/** As an item of an array (PostgreSQL 18, 8.15.6). */
const quoted = (name: string) => `"${/["\\]/.test(name) ? name.replaceAll(/["\\]/g, '\\$&') : name}"`;
