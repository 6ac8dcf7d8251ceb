import type { DayWindow } from '@tributary/core/daily-stats';
import { AppError, PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import { isUnavailable } from '../credential/failure.ts';
import { isRefusal } from '../refusal.ts';
import { WindowFailure } from '../window/read-window.ts';
import type { RunResult } from './close-run.ts';
import { LeaseLost } from './open-run.ts';

/** What has come of a run so far. */
export interface Walked {
  /** How many streams came to their end, or windows were read. */
  walked: number;
  /** How many facts can never be applied. */
  refused: number;
  /** Why the rest waits for another run, though nothing failed. */
  stopped: 'out_of_time' | 'provider_slow' | null;
  /** The first that went wrong; null when nothing did. */
  failure: unknown;
  /** What was answered and is part of no page. */
  bytes: number;
  /** Days that could not be had, or not whole. */
  failedWindows: readonly DayWindow[];
  /** When to come back, in milliseconds, if the schedule is not soon enough for the rest. */
  againInMs: number | null;
}

export const nothingWalked = {
  walked: 0,
  refused: 0,
  stopped: null,
  failure: null,
  bytes: 0,
  failedWindows: [],
  againInMs: null,
} satisfies Walked;

/** A provider that leaves as many questions in a row unanswered is away. */
export const unansweredAtMost = 3;

/** After these the next question would fail alike, or is not to be asked now. */
export function endsRun(error: unknown): boolean {
  if (error instanceof ProviderError) return error.kind === 'rate_limited' || error.retryAfterMs !== null;
  return error instanceof LeaseLost || error instanceof PermanentFailure || isUnavailable(error);
}

export function resultOf({ walked, refused, stopped, failure }: Walked): RunResult {
  if (failure !== null) return { status: walked > 0 ? 'partial' : 'failed', reason: reasonOf(failure) };
  if (refused > 0) return { status: 'partial', reason: 'facts_refused' };
  return stopped === null ? { status: 'success', reason: null } : { status: 'partial', reason: stopped };
}

function reasonOf(failure: unknown): string {
  if (failure instanceof ProviderError) return `provider_${failure.kind}`;
  if (failure instanceof PermanentFailure || failure instanceof WindowFailure) return failure.reason;
  if (failure instanceof AppError && isRefusal(failure)) return 'facts_refused';
  return failure instanceof LeaseLost ? 'lease_lost' : 'internal';
}
