import type { JointQuestion } from '@tributary/core/joint-question';
import { type Pull, type RecordedCall, requestLine } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type { ProviderEvent } from '@tributary/core/provider-event';
import { readAnswer } from './read-answer.ts';

interface AskingEvent extends Pick<ProviderEvent, 'type' | 'payload'> {
  connectionId: string;
  provider: string;
}

interface Asking<Event> {
  /** By provider, where it can be asked at once. */
  joint(provider: string): JointQuestion | undefined;
  callOf(event: Event): RecordedCall;
}

/**
 * Asks each connection at once for what several of these events would ask for one by one.
 * @returns what asks about each of them from then on. It knows these answers, or why there are none; for anything else it asks. What it
 * takes down is what the event would have been answered by itself, so that it can be read again without the others.
 */
export async function askJointly<Event extends AskingEvent>(
  events: readonly Event[],
  { joint, callOf }: Asking<Event>,
): Promise<(event: Event) => RecordedCall> {
  const asking = events.flatMap((event) => {
    const question = joint(event.provider);
    const id = question?.objectOf(event) ?? null;
    return question === undefined || id === null ? [] : [{ event, question, id }];
  });
  const known = new Map<string, Known>();
  for (const [connectionId, group] of Map.groupBy(asking, ({ event }) => event.connectionId)) {
    const [first, second] = group;
    if (first === undefined || second === undefined) continue;
    const ids = [...new Set(group.map(({ id }) => id))];
    known.set(connectionId, await askFor(first.question, ids, () => callOf(first.event)));
  }
  return (event) => {
    const answers = known.get(event.connectionId);
    return answers === undefined ? callOf(event) : answering(answers, () => callOf(event));
  };
}

interface Known {
  /** By `requestLine` of the question that would be asked alone. */
  byLine: Map<string, Outcome>;
  /** As the provider counts them; the first event that reads one of the answers takes them all. */
  bytes: number;
}

type Outcome = Pick<Pull, 'body' | 'fetchedAt'> | { refusal: unknown };

async function askFor(question: JointQuestion, ids: readonly string[], open: () => RecordedCall): Promise<Known> {
  const known: Known = { byLine: new Map(), bytes: 0 };
  for (let start = 0; start < ids.length; start += question.atMost) {
    const some = ids.slice(start, start + question.atMost);
    const { outcomes, bytes } = await askOnce(question, some, open);
    for (const [id, outcome] of outcomes) known.byLine.set(requestLine(question.alone(id)), outcome);
    known.bytes += bytes;
  }
  return known;
}

interface Asked {
  /** By id; without those that are to be asked for alone. */
  outcomes: [string, Outcome][];
  bytes: number;
}

async function askOnce(question: JointQuestion, ids: readonly string[], open: () => RecordedCall): Promise<Asked> {
  try {
    const { call, take } = open();
    await call(question.jointly(ids), question.answer);
    const { pulls, bytes } = take();
    return { outcomes: pulls.flatMap((pull) => outcomesIn(question, ids, pull)), bytes };
  } catch (refusal) {
    if (mayBeOfOne(refusal)) return { outcomes: [], bytes: 0 };
    return { outcomes: ids.map((id) => [id, { refusal }]), bytes: 0 };
  }
}

function outcomesIn(question: JointQuestion, ids: readonly string[], { body, fetchedAt }: Pull): [string, Outcome][] {
  const { byId, isWhole } = question.partsOf(body);
  return ids.flatMap((id): [string, Outcome][] => {
    const part = byId.get(id);
    if (part !== undefined) return [[id, { body: part, fetchedAt }]];
    return isWhole ? [[id, { refusal: new ProviderError('not_found', 'the provider has no such object') }]] : [];
  });
}

/** A refusal that one of the objects may have brought on all, such as an answer that is too long: alone, the others are told. */
function mayBeOfOne(error: unknown): boolean {
  return error instanceof ProviderError && (error.kind === 'not_found' || error.kind === 'invalid_response');
}

function answering(known: Known, open: () => RecordedCall): RecordedCall {
  const alone = open();
  let pulls: Pull[] = [];
  let bytes = 0;
  return {
    call: async (request, schema) => {
      const line = requestLine(request);
      const outcome = known.byLine.get(line);
      if (outcome === undefined) return alone.call(request, schema);
      if ('refusal' in outcome) throw outcome.refusal;
      const read = readAnswer(outcome.body, schema);
      pulls.push({ request: line, ...outcome });
      bytes += known.bytes;
      known.bytes = 0;
      return read;
    },
    take: () => {
      const asked = alone.take();
      const taken = { pulls: [...pulls, ...asked.pulls], bytes: bytes + asked.bytes };
      pulls = [];
      bytes = 0;
      return taken;
    },
  };
}
