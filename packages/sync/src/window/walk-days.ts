import type { DailySource, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { RecordedCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { OpenRun } from '../run/open-run.ts';
import type { Turn } from '../run/turn.ts';
import { unansweredAtMost } from '../run/walked.ts';
import { type ApplyDays, commitWindow, type DaysStream, keepDays, keepPlan } from './commit-window.ts';
import { dayIn, daysOf } from './days.ts';
import { afterFailure, afterRead, afterTooMuch, beginPlan, nextWindow, type Plan, plan } from './plan.ts';
import { readWindow, WindowFailure, type WindowRead } from './read-window.ts';

/** What reading days takes, beside what every run does. */
export interface DayDependencies {
  /** By provider. */
  sources: Readonly<Record<string, DailySource>>;
  /** What a connection is about. @throws AppError `not_found` */
  accountOf(tx: TenantTransaction, connectionId: string): Promise<Omit<NetworkAccount, 'accountRef'>>;
  apply: ApplyDays;
  /** How far back an account is read at first, in days, by provider. */
  backfillDays: Readonly<Record<string, number>>;
}

export interface DaysToWalk {
  worker: Database;
  now(): Date;
  days: DayDependencies;
  run: OpenRun;
  source: DailySource;
  recorded: RecordedCall;
  turn: Turn;
  /** Whether nothing more is to be asked in this run after that failure. */
  endsRun(error: unknown): boolean;
  /** A window that could not be had. */
  report(window: DayWindow, error: unknown): void;
}

/** What has come of a walk so far. */
export interface DaysWalked {
  /** How many windows were read. */
  read: number;
  /** What could not be had, or not whole. */
  failed: { window: DayWindow; error: unknown }[];
  /** Days that the plan has come to its end without, whichever run they failed in. */
  missing: readonly DayWindow[];
  isOutOfTime: boolean;
  /** What was answered and is part of no window. */
  bytes: number;
}

/**
 * Reads the days of an account that are due, the newest first, and commits window by window. A window that fails stops no other, unless
 * several in a row were not answered. A day is asked for once per plan, once more for each time that its window was cut or not committed.
 * @param walked is brought up to date as the walk goes, so that it holds when it is cut off
 * @throws what ends the run: LeaseLost, ProviderError of one that is not to be asked now, AppError `unavailable`
 */
export async function walkDays(walk: DaysToWalk, walked: DaysWalked): Promise<void> {
  const walking = await begin(walk, walked);
  // Since when nothing was answered.
  let silent: Plan[] = [];
  for (let window = nextWindow(walking.left); window !== null; window = nextWindow(walking.left)) {
    walked.isOutOfTime = !walk.turn.mayGoOn();
    if (walked.isOutOfTime) return;
    const { left } = walking;
    const { length } = walked.failed;
    await walkWindow(walking, window);
    if (walked.isOutOfTime) return;
    silent = isUnanswered(walked.failed[length]?.error) ? [...silent, left] : [];
    if (silent.length === unansweredAtMost) return putBack(walking, silent[0] as Plan);
  }
  walked.missing = walking.left.failed;
}

/** It is the network that is away, and not a matter of these days: the next run asks for them first. */
function putBack(walking: Walking, left: Plan): Promise<void> {
  walking.left = left;
  return keepLeft(walking);
}

const isUnanswered = (error: unknown) => error instanceof ProviderError && error.kind === 'unavailable';

interface Walking extends DaysToWalk {
  stream: DaysStream;
  account: NetworkAccount;
  left: Plan;
  walked: DaysWalked;
}

const defaultBackfillDays = 365;

async function begin(walk: DaysToWalk, walked: DaysWalked): Promise<Walking> {
  const { worker, days, run, source } = walk;
  const [stream, account] = await withTenant({ database: worker, orgId: run.orgId }, async (tx) => [
    await keepDays(tx, run),
    { accountRef: run.accountRef, ...(await days.accountOf(tx, run.connectionId)) },
  ]);
  const now = walk.now();
  const backfillDays = days.backfillDays[run.provider] ?? defaultBackfillDays;
  const terms = { today: dayIn(account.timeZone, now), now, windowDays: source.windowDays, backfillDays };
  const left = beginPlan(stream.position === null ? null : plan.parse(stream.position), terms);
  return { ...walk, stream, account, left, walked };
}

async function walkWindow(walking: Walking, window: DayWindow): Promise<void> {
  const { source, account, recorded, turn, walked } = walking;
  try {
    // A day is not to be had in parts: where the provider is slow, one is waited for as long as there is time.
    const mayGoOn = isWholeTurn(walking, window) ? turn.hasTime : turn.mayGoOn;
    const asking = { call: recorded.call, account, window, mayGoOn, onPage: turn.count };
    const read = await readWindow(source, asking);
    if (typeof read === 'string') await cut(walking, window, read === 'out_of_time');
    else await keep(walking, window, read);
  } catch (error) {
    if (walking.endsRun(error) || (error instanceof ProviderError && error.kind === 'unauthorized')) throw error;
    await setAside(walking, window, error);
  } finally {
    walked.bytes += recorded.take().bytes;
  }
}

const isWholeTurn = ({ walked }: Walking, window: DayWindow) =>
  daysOf(window) === 1 && walked.read === 0 && walked.failed.length === 0;

async function keep(walking: Walking, window: DayWindow, read: WindowRead): Promise<void> {
  const { days, run, stream, recorded, walked, now } = walking;
  const left = (read.isComplete ? afterRead : afterFailure)(walking.left, window);
  // Taken once, however often the transaction is tried.
  const told = { window, ...read, left, ...recorded.take() };
  try {
    await commit(walking, (tx) => commitWindow(tx, days.apply, run, stream, told, now()));
  } catch (error) {
    walked.bytes += told.bytes;
    throw error;
  }
  walking.left = left;
  walked.read += 1;
  if (!read.isComplete)
    fail(walking, window, new WindowFailure('window_incomplete', 'Rows of the window are missing.'));
}

/** The window was more than can be read at once: fewer days are asked for next. A day that is too much by itself is set aside. */
async function cut(walking: Walking, window: DayWindow, isOutOfTime: boolean): Promise<void> {
  walking.walked.isOutOfTime = isOutOfTime;
  const shorter = afterTooMuch(walking.left, window);
  if (shorter !== null) {
    walking.left = shorter;
    await keepLeft(walking);
  } else if (!isOutOfTime || isWholeTurn(walking, window)) {
    await setAside(walking, window, new WindowFailure('window_too_large', 'This day is more than a run can read.'));
  }
}

async function setAside(walking: Walking, window: DayWindow, error: unknown): Promise<void> {
  walking.left = afterFailure(walking.left, window);
  fail(walking, window, error);
  await keepLeft(walking);
}

function fail({ walked, report }: Walking, window: DayWindow, error: unknown): void {
  walked.failed.push({ window, error });
  report(window, error);
}

function keepLeft(walking: Walking): Promise<void> {
  const { run, stream, left, now } = walking;
  return commit(walking, (tx) => keepPlan(tx, run, stream, left, now()));
}

function commit(walking: Walking, work: (tx: TenantTransaction) => Promise<void>): Promise<void> {
  return withTenant({ database: walking.worker, orgId: walking.run.orgId }, work);
}
