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
  /** Those of one organization share their turns; one of its own unless told. */
  organization?: string;
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
 * message each: of the organization with the fewest in work, the oldest first, as SQS hands over messages that have a group.
 * @returns per member how long its messages took, from being sent to being done
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export async function simulateCrowd(members: readonly Member[], hours: number): Promise<number[][]> {
  const random = createRandom('crowd');
  const draws = members.map((_, member) => random.fork(`member ${member}`));
  const dueMs = members.map((_, member) => Math.floor((draws[member]?.next() ?? 0) * intervalMs));
  const freeMs = Array.from({ length: queues.sync.maxConcurrency }, () => 0);
  const servedBy: string[] = freeMs.map(() => '');
  const took: number[][] = members.map(() => []);
  const waiting = createWaiting((member) => members[member]?.organization ?? `of ${member}`);
  for (let tickMs = 0; tickMs < hours * 60 * minute; tickMs += minute) {
    const due = [...dueMs.entries()].filter(([, at]) => at <= tickMs).sort(([, one], [, other]) => one - other);
    for (const [member] of due) {
      const scheduledMs = tickMs + intervalMs * (0.9 + (draws[member]?.next() ?? 0) * 0.2);
      dueMs[member] = scheduledMs;
      waiting.put({ member, sentMs: tickMs, scheduledMs });
    }
    await work(tickMs + minute);
  }
  return took;

  /** All that begins before the next tick. */
  async function work(untilMs: number): Promise<void> {
    for (;;) {
      const worker = freeMs.indexOf(Math.min(...freeMs));
      const startMs = Math.max(freeMs[worker] ?? 0, waiting.earliestMs());
      if (startMs >= untilMs) return;
      const inWork = servedBy.filter((_, other) => (freeMs[other] ?? 0) > startMs);
      const { message, organization } = waiting.take(startMs, inWork);
      const { member, sentMs, scheduledMs } = message;
      const turn = await (members[member] as Member).run(startMs, scheduledMs);
      const endMs = startMs + turn.tookMs;
      servedBy[worker] = organization;
      freeMs[worker] = endMs;
      took[member]?.push(endMs - sentMs);
      if (turn.dueMs !== null) dueMs[member] = turn.dueMs;
      if (turn.goesOn) waiting.put({ member, sentMs: endMs, scheduledMs });
    }
  }
}

/** Those sent at once are handed over in the order in which they were. */
interface Placed extends Message {
  place: number;
}

/** What waits in the queue, by organization and in the order of being sent. */
function createWaiting(organizationOf: (member: number) => string) {
  const byOrganization = new Map<string, Placed[]>();
  let sent = 0;
  const heads = () => [...byOrganization].flatMap(([organization, [head]]) => (head ? [{ organization, head }] : []));
  return {
    put(message: Message) {
      const organization = organizationOf(message.member);
      const before = byOrganization.get(organization) ?? [];
      const behind = before.findLastIndex(({ sentMs }) => sentMs <= message.sentMs) + 1;
      sent += 1;
      before.splice(behind, 0, { ...message, place: sent });
      byOrganization.set(organization, before);
    },
    earliestMs: () => Math.min(...heads().map(({ head }) => head.sentMs)),
    take(atMs: number, inWork: readonly string[]): { message: Message; organization: string } {
      const ready = heads().filter(({ head }) => head.sentMs <= atMs);
      const busy = (organization: string) => inWork.filter((other) => other === organization).length;
      const [chosen] = ready.sort(
        (one, other) =>
          busy(one.organization) - busy(other.organization) ||
          one.head.sentMs - other.head.sentMs ||
          one.head.place - other.head.place,
      );
      if (!chosen) throw new Error('Nothing waits.');
      byOrganization.get(chosen.organization)?.shift();
      return { message: chosen.head, organization: chosen.organization };
    },
  };
}
