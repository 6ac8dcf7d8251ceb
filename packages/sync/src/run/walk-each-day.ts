import type { DailySource, DayWindow } from '@tributary/core/daily-stats';
import { isUnavailable } from '../credential/failure.ts';
import { daysResource } from '../window/commit-window.ts';
import { mergeWindows } from '../window/days.ts';
import { WindowFailure } from '../window/read-window.ts';
import { type DaysWalked, walkDays } from '../window/walk-days.ts';
import { LeaseLost, type OpenRun } from './open-run.ts';
import type { RunDependencies } from './run-connection.ts';
import { createTurn, type Turn } from './turn.ts';
import { endsRun, nothingWalked, type Walked } from './walked.ts';

/** What is left to read is not left for as long as the schedule has it, which may be hours. */
const afterLeavingMs = 30 * 60_000;

/** Reads the days of a connection that are due. @throws AppError `unavailable` when the database is not reachable */
export async function walkEachDay(dependencies: RunDependencies, run: OpenRun, source: DailySource): Promise<Walked> {
  const { worker, clock: now, days, callOf, mayGoOn } = dependencies;
  const { orgId, connectionId, runId } = run;
  const stream = { resource: daysResource, locationRef: '' };
  const told = { orgId, connectionId, runId, objectRef: null };
  const report = (window: DayWindow, error: unknown) => dependencies.report({ ...told, stream, window, error });
  const turn = createTurn(now, mayGoOn);
  const walked: DaysWalked = { read: 0, failed: [], missing: [], isOutOfTime: false, bytes: 0 };
  let endedBy: unknown = null;
  try {
    await walkDays({ worker, now, days, run, source, recorded: callOf(run), turn, endsRun, report }, walked);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    if (!(error instanceof LeaseLost)) dependencies.report({ ...told, stream: null, error });
    endedBy = error;
  }
  return toWalked(walked, endedBy, turn);
}

function toWalked({ read, failed, missing, isOutOfTime, bytes }: DaysWalked, endedBy: unknown, turn: Turn): Walked {
  const stopped = isOutOfTime ? (turn.isTooSlow() ? 'provider_slow' : 'out_of_time') : null;
  const failure = endedBy ?? failed[0]?.error ?? failureOf(missing);
  // A run that nothing but the time ended goes on at once.
  const isLeft = stopped === 'provider_slow' || (stopped !== null && failure !== null);
  return {
    ...nothingWalked,
    walked: read,
    stopped,
    failure,
    bytes,
    failedWindows: mergeWindows([...failed.map(({ window }) => window), ...missing]),
    againInMs: isLeft ? afterLeavingMs : null,
  };
}

function failureOf(missing: readonly DayWindow[]): WindowFailure | null {
  return missing.length === 0
    ? null
    : new WindowFailure('window_missing', 'Days are missing that a run before could not have.');
}
