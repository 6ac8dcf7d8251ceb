import { queues } from '@tributary/infra/topology';
import { createRandom } from '@tributary/sandbox/kernel/random';

const minute = 60_000;
const intervalMs = 15 * minute;

/** A run as the queue sees it. Times in milliseconds from the beginning. */
export interface Turn {
  tookMs: number;
  /** When the connection is due again, if not as the schedule has set it. */
  dueMs: number | null;
  /** It goes on with another message, at once. */
  goesOn: boolean;
}

/** One connection among the others. */
export interface Member {
  /** @param scheduledMs when the schedule will look at it again */
  run(startMs: number, scheduledMs: number): Promise<Turn> | Turn;
}

interface Message {
  member: number;
  sentMs: number;
  scheduledMs: number;
}

/**
 * The queue `sync` and its schedule, on a clock of their own: every minute what is due is sent, and as many workers as are deployed take one
 * message each, the oldest first. @returns per member how long its messages took on the average, from being sent to being done.
 */
export async function simulateCrowd(members: readonly Member[], hours: number): Promise<number[]> {
  const random = createRandom('crowd');
  const draws = members.map((_, member) => random.fork(`member ${member}`));
  const dueMs = members.map((_, member) => Math.floor((draws[member]?.next() ?? 0) * intervalMs));
  const freeMs = Array.from({ length: queues.sync.maxConcurrency }, () => 0);
  const took: number[][] = members.map(() => []);
  let waiting: Message[] = [];
  for (let tickMs = 0; tickMs < hours * 60 * minute; tickMs += minute) {
    const due = [...dueMs.entries()].filter(([, at]) => at <= tickMs).sort(([, one], [, other]) => one - other);
    for (const [member] of due) {
      const scheduledMs = tickMs + intervalMs * (0.9 + (draws[member]?.next() ?? 0) * 0.2);
      dueMs[member] = scheduledMs;
      waiting.push({ member, sentMs: tickMs, scheduledMs });
    }
    waiting = await work(tickMs + minute);
  }
  return took.map((times) => times.reduce((sum, time) => sum + time, 0) / times.length);

  /** All that begins before the next tick. Answers what does not. */
  async function work(untilMs: number): Promise<Message[]> {
    const left = [...waiting];
    for (let message = left[0]; message !== undefined; message = left[0]) {
      const worker = freeMs.indexOf(Math.min(...freeMs));
      const startMs = Math.max(freeMs[worker] ?? 0, message.sentMs);
      if (startMs >= untilMs) return left;
      left.shift();
      const { member, sentMs, scheduledMs } = message;
      const turn = await (members[member] as Member).run(startMs, scheduledMs);
      const endMs = startMs + turn.tookMs;
      freeMs[worker] = endMs;
      took[member]?.push(endMs - sentMs);
      if (turn.dueMs !== null) dueMs[member] = turn.dueMs;
      if (turn.goesOn) left.push({ member, sentMs: endMs, scheduledMs });
      left.sort((one, other) => one.sentMs - other.sentMs);
    }
    return left;
  }
}
