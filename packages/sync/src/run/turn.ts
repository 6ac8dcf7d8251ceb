import type { Clock } from '@tributary/core/clock';

/** How long a run may go on. Others wait for the worker it holds. */
export interface Turn {
  mayGoOn(): boolean;
  /** Whether there is time at all, however slow the provider is. */
  hasTime(): boolean;
  /** A page was read. */
  count(): void;
  /** It was ended because the provider is slow, and not because the time is over. */
  isTooSlow(): boolean;
}

/** Of one page, on the average. */
const slowPageMs = 3_000;
/** How long a provider that is so slow is waited for in one run. */
const slowTurnMs = 30_000;

/**
 * A run goes on while there is time; one whose provider takes seconds for a page, only for half a minute. The rest waits for the schedule:
 * a list that drips in holds a worker for a small part of the time, and whoever is quick has the others.
 */
export function createTurn(clock: Clock, hasTime: () => boolean): Turn {
  const began = clock().getTime();
  let pages = 0;
  const isTooSlow = () => {
    const tookMs = clock().getTime() - began;
    return tookMs >= slowTurnMs && tookMs / Math.max(1, pages) >= slowPageMs;
  };
  return {
    mayGoOn: () => hasTime() && !isTooSlow(),
    hasTime,
    count: () => {
      pages += 1;
    },
    isTooSlow,
  };
}
