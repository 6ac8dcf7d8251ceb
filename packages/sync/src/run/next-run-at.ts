import { ProviderError } from '@tributary/core/provider-error';
import type { OpenRun } from './open-run.ts';
import type { Walked } from './walked.ts';

const minute = 60_000;
const longestPauseMs = 6 * 60 * minute;
const longestAskedMs = 24 * 60 * minute;

/**
 * When a connection is pulled from after a run: not before the provider asked to be asked again, and ever later while runs fail, a minute
 * at first. A little later at random, so that those who were refused together do not come back together. Null: as the schedule has it.
 */
export function nextRunAt(
  { failures }: Pick<OpenRun, 'failures'>,
  { failure, walked, againInMs }: Pick<Walked, 'failure' | 'walked' | 'againInMs'>,
  now: Date,
): Date | null {
  const goesOnAt = againInMs === null ? null : new Date(now.getTime() + againInMs);
  if (failure === null) return goesOnAt;
  const asked = failure instanceof ProviderError ? failure.retryAfterMs : null;
  const askedMs = Math.min(asked ?? 0, longestAskedMs);
  if (walked > 0 && asked === null) return goesOnAt;
  // What is asked for is enough the first time.
  const isFirst = walked > 0 || (asked !== null && failures === 0);
  const pauseMs = isFirst ? 0 : Math.min(minute * 2 ** Math.min(failures, 20), longestPauseMs);
  return new Date(now.getTime() + Math.max(askedMs, pauseMs) * (1 + Math.random() / 10));
}
