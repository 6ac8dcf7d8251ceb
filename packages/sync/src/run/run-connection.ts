import type { Clock } from '@tributary/core/clock';
import { PermanentFailure } from '@tributary/core/errors';
import type { RecordedCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type { PullSource } from '@tributary/core/pull-source';
import type { Database } from '@tributary/db/connection';
import { withTenant } from '@tributary/db/transaction';
import { isUnavailable } from '../credential/failure.ts';
import { keepStreams, type Stream } from '../stream/stream.ts';
import { closeRun, type RunResult } from './close-run.ts';
import type { ApplyFacts } from './commit-page.ts';
import { nextRunAt } from './next-run-at.ts';
import { holdLease, LeaseLost, type OpenRun, openRun, type RunTrigger } from './open-run.ts';
import { createTurn } from './turn.ts';
import { type Walking, walkStream } from './walk-stream.ts';

export interface RunDependencies {
  worker: Database;
  clock: Clock;
  /** By provider. */
  sources: Readonly<Record<string, PullSource>>;
  /** Asks the provider of a connection, within its budgets and with its token. */
  callOf(connection: { orgId: string; connectionId: string; provider: string; accountRef: string }): RecordedCall;
  applyFacts: ApplyFacts;
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
  /** The provider's id of what was refused; null: it is about no single object. */
  objectRef: string | null;
  error: unknown;
}

/** `skipped`: somebody else is at it, or the connection is not active. `out_of_time`: the rest waits for another run, at once. */
export type RunOutcome = RunResult['status'] | 'skipped' | 'out_of_time';

/**
 * Pulls from one connection: finds its streams and walks each from where it stands. A stream that fails stops no other, unless the
 * provider is not to be asked now. @throws AppError `unavailable` when the database is not reachable: the run's lease ends by itself.
 */
export async function runConnection(
  dependencies: RunDependencies,
  { orgId, connectionId, trigger }: { orgId: string; connectionId: string; trigger: RunTrigger },
): Promise<RunOutcome> {
  const { worker, clock } = dependencies;
  const context = { database: worker, orgId };
  const run = await withTenant(context, (tx) => openRun(tx, { connectionId, trigger, now: clock() }));
  if (run === null) return 'skipped';
  const walked = await walkAll(dependencies, run);
  const now = clock();
  const closing = { now, nextRunAt: nextRunAt(run, walked, now), bytes: walked.bytes };
  const result = resultOf(walked);
  await withTenant(context, (tx) => closeRun(tx, run, result, closing));
  if (walked.failure instanceof LeaseLost) return 'skipped';
  return walked.stopped === 'out_of_time' && walked.failure === null ? 'out_of_time' : result.status;
}

interface Walked {
  /** How many streams came to their end. */
  walked: number;
  /** How many facts can never be applied. */
  refused: number;
  /** Why the rest waits for another run, though nothing failed. */
  stopped: 'out_of_time' | 'provider_slow' | null;
  /** The first that went wrong; null when nothing did. */
  failure: unknown;
  /** What was answered and is part of no page. */
  bytes: number;
}

async function walkAll(dependencies: RunDependencies, run: OpenRun): Promise<Walked> {
  const { worker, sources, callOf, clock, backfillMs, mayGoOn } = dependencies;
  const { orgId, connectionId, provider, connectedAt } = run;
  const walked: Walked = { walked: 0, refused: 0, stopped: null, failure: null, bytes: 0 };
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

/** A provider that leaves as many questions in a row unanswered is away. */
const unansweredAtMost = 3;

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

/** After these the next list would fail alike, or is not to be asked for now. */
function endsRun(error: unknown): boolean {
  if (error instanceof ProviderError) return error.kind === 'rate_limited' || error.retryAfterMs !== null;
  return error instanceof LeaseLost || error instanceof PermanentFailure || isUnavailable(error);
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

function resultOf({ walked, refused, stopped, failure }: Walked): RunResult {
  if (failure !== null) return { status: walked > 0 ? 'partial' : 'failed', reason: reasonOf(failure) };
  if (refused > 0) return { status: 'partial', reason: 'facts_refused' };
  return stopped === null ? { status: 'success', reason: null } : { status: 'partial', reason: stopped };
}

function reasonOf(failure: unknown): string {
  if (failure instanceof ProviderError) return `provider_${failure.kind}`;
  if (failure instanceof PermanentFailure) return failure.reason;
  return failure instanceof LeaseLost ? 'lease_lost' : 'internal';
}
