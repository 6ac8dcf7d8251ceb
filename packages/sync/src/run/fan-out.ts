import type { Clock } from '@tributary/core/clock';
import type { Database } from '@tributary/db/connection';
import { claimDue, type DueConnection, scheduleNext } from './claim-due.ts';

export interface FanOut {
  system: Database;
  clock: Clock;
  /** By provider, in milliseconds. */
  intervals: Readonly<Record<string, number>>;
  /** Puts word of connections in the queue, in that order. */
  send(due: readonly DueConnection[]): Promise<void>;
  /** False when the time is nearly over. */
  mayGoOn(): boolean;
  /** How many are claimed at a time; all that are due are ranked each time, which takes most of a second for 100,000. */
  atMost?: number;
}

/** So many batches are on their way to the queue at once. */
const lanes = 8;
const perBatch = 10;

/**
 * Sends word of all connections that are due, claim by claim, until none is left or the time is nearly over: the next tick goes on.
 * What was claimed and could not be sent is due again two minutes later. @returns how many @throws AppError `unavailable`
 */
export async function fanOut({ system, clock, intervals, send, mayGoOn, atMost = 20_000 }: FanOut): Promise<number> {
  let sent = 0;
  for (;;) {
    const claim = await claimDue(system, { now: clock(), intervals, atMost });
    const { due } = claim;
    if (due.length > 0) {
      await sendInLanes(due, send);
      await scheduleNext(system, claim, { now: clock(), intervals });
    }
    sent += due.length;
    if (due.length < atMost || !mayGoOn()) return sent;
  }
}

async function sendInLanes(due: readonly DueConnection[], send: FanOut['send']): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < due.length) {
      const batch = due.slice(next, next + perBatch);
      next += perBatch;
      await send(batch);
    }
  };
  // Whoever hears of a failure finds nothing still on its way.
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
}
