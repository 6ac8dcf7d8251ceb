import type { Clock } from '@tributary/core/clock';
import type { DayWindow } from '@tributary/core/daily-stats';
import type { RecordedCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type { PullSource } from '@tributary/core/pull-source';
import type { Database } from '@tributary/db/connection';
import { withTenant } from '@tributary/db/transaction';
import { isUnavailable } from '../credential/failure.ts';
import { keepStreams, type Stream } from '../stream/stream.ts';
import type { DayDependencies } from '../window/walk-days.ts';
import { closeRun, type RunResult } from './close-run.ts';
import type { ApplyFacts } from './commit-page.ts';
import { nextRunAt } from './next-run-at.ts';
import { holdLease, LeaseLost, type OpenRun, openRun, type RunRequest } from './open-run.ts';
import { holdBack } from './share.ts';
import { createTurn } from './turn.ts';
import { walkEachDay } from './walk-each-day.ts';
import { type Walking, walkStream } from './walk-stream.ts';
import { endsRun, nothingWalked, resultOf, unansweredAtMost, type Walked } from './walked.ts';

export interface RunDependencies {
  worker: Database;
  clock: Clock;
  /** By provider. */
  sources: Readonly<Record<string, PullSource>>;
  /** Asks the provider of a connection, within its budgets and with its token. */
  callOf(connection: { orgId: string; connectionId: string; provider: string; accountRef: string }): RecordedCall;
  applyFacts: ApplyFacts;
  /** Of those that are asked for days and not for what changed. */
  days: DayDependencies;
  /** How far back of its being connected a connection is pulled from at first, in milliseconds, by provider. */
  backfillMs: Readonly<Record<string, number>>;
  /** False when the time is nearly over: the run ends after the page it has. */
  mayGoOn(): boolean;
  report(failure: RunFailure): void;
}

export interface RunFailure {
  orgId: string;
  connectionId: string;
  runId: string;
  /** Null: it concerns the connection as a whole. */
  stream: { resource: string; locationRef: string } | null;
  /** The days that could not be had, where days are asked for. */
  window?: DayWindow;
  /** The provider's id of what was refused; null: it is about no single object. */
  objectRef: string | null;
  error: unknown;
}

/**
 * `skipped`: somebody else is at it, its slot was served, or the connection is not active. `held`: its organization has its share of the
 * workers, and it waits (`releaseWaiting`). `out_of_time`: the rest waits for another run, at once.
 */
export type RunOutcome = RunResult['status'] | 'skipped' | 'held' | 'out_of_time';

/**
 * Pulls from one connection: finds its streams and walks each from where it stands. A stream that fails stops no other, unless the
 * provider is not to be asked now. @throws AppError `unavailable` when the database is not reachable: the run's lease ends by itself.
 */
export async function runConnection(
  dependencies: RunDependencies,
  { orgId, ...wanted }: { orgId: string } & RunRequest,
): Promise<RunOutcome> {
  const { worker, clock } = dependencies;
  const context = { database: worker, orgId };
  const asked = { ...wanted, now: clock() };
  const run = await withTenant(context, async (tx) => ((await holdBack(tx, asked)) ? 'held' : openRun(tx, asked)));
  if (run === null) return 'skipped';
  if (run === 'held') return run;
  const daily = dependencies.days.sources[run.provider];
  const walked = daily === undefined ? await walkAll(dependencies, run) : await walkEachDay(dependencies, run, daily);
  const now = clock();
  const { bytes, failedWindows } = walked;
  const closing = { now, nextRunAt: nextRunAt(run, walked, now), bytes, failedWindows };
  const result = resultOf(walked);
  await withTenant(context, (tx) => closeRun(tx, run, result, closing));
  if (walked.failure instanceof LeaseLost) return 'skipped';
  return walked.stopped === 'out_of_time' && walked.failure === null ? 'out_of_time' : result.status;
}

async function walkAll(dependencies: RunDependencies, run: OpenRun): Promise<Walked> {
  const { worker, sources, callOf, clock, backfillMs, mayGoOn } = dependencies;
  const { orgId, connectionId, provider, connectedAt } = run;
  const walked: Walked = { ...nothingWalked };
  const source = sources[provider];
  if (source === undefined) return { ...walked, failure: new Error(`nothing pulls from ${provider}`) };
  const recorded = callOf(run);
  const beginning = new Date(connectedAt.getTime() - (backfillMs[provider] ?? 0));
  const walking = { run, source, recorded, beginning, turn: createTurn(clock, mayGoOn) };
  try {
    const names = await source.streams(recorded.call);
    const streams = await withTenant({ database: worker, orgId }, async (tx) => {
      await holdLease(tx, run);
      return keepStreams(tx, connectionId, names);
    });
    walked.bytes += recorded.take().bytes;
    await walkEach(dependencies, walking, streams, walked);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    note(dependencies, run, null, error);
    walked.failure ??= error;
  }
  walked.bytes += recorded.take().bytes;
  return walked;
}

/** @throws what ends the run. */
async function walkEach(
  dependencies: RunDependencies,
  walking: Walking,
  streams: readonly Stream[],
  walked: Walked,
): Promise<void> {
  const { run, recorded, turn } = walking;
  let unanswered = 0;
  for (const stream of streams) {
    try {
      const { ended, refused } = await walkStream(dependencies, walking, stream);
      walked.refused += refused;
      unanswered = 0;
      if (!ended) {
        walked.stopped = turn.isTooSlow() ? 'provider_slow' : 'out_of_time';
        return;
      }
      walked.walked += 1;
    } catch (error) {
      walked.bytes += recorded.take().bytes;
      if (endsRun(error)) throw error;
      note(dependencies, run, stream, error);
      walked.failure ??= error;
      unanswered = error instanceof ProviderError && error.kind === 'unavailable' ? unanswered + 1 : 0;
      if (unanswered === unansweredAtMost) return;
    }
  }
}

function note(
  { report }: RunDependencies,
  { orgId, connectionId, runId }: OpenRun,
  stream: Stream | null,
  error: unknown,
) {
  const named = stream && { resource: stream.resource, locationRef: stream.locationRef };
  if (!(error instanceof LeaseLost)) report({ orgId, connectionId, runId, stream: named, objectRef: null, error });
}
