import type { FaultPlan } from '../kernel/faults.ts';
import type { Random } from '../kernel/random.ts';
import { later, type Timeline } from '../kernel/timeline.ts';
import { type Attempt, createWebhookSender, type Delivery, type WebhookSender } from '../kernel/webhook-sender.ts';
import { answerWithinMs, type IntentToReceive, testIntentToReceive } from './intent-to-receive.ts';
import type { Change } from './organisation.ts';
import type { EventCategory } from './resources.ts';
import { type EventDialect, sign, toBody, toEvent, type WebhookEvent } from './webhook-events.ts';

/** From each failed attempt to the next: ever rarer, 24 hours in all. */
export const retryAfterMs = [1, 2, 4, 8, 16, 32, 60, 120, 240, 478, 479].map((minutes) => minutes * 60_000);

/** `untested`: made, moved or re-enabled, and not shown to receive yet. Only `ok` is sent to. */
export type SubscriptionStatus = 'none' | 'untested' | 'ok' | 'disabled';

export interface WebhooksOptions {
  readonly timeline: Timeline;
  readonly faults: FaultPlan;
  readonly random: Random;
  /** Whether any user connected the app to the organisation. */
  readonly isConnected: (tenantId: string) => boolean;
  readonly dialect: EventDialect;
  /** Changes within this time from the first travel together. */
  readonly batchMs: number;
  readonly maximumEvents: number;
  readonly fetch: typeof fetch;
}

/** The app's one subscription. */
export interface XeroWebhooks {
  /** Sets the URL, which must then be tested. Answers the signing key, the one before when there is one. */
  subscribe(subscription: { url: string; categories?: readonly EventCategory[]; key?: string }): string;
  /** Does the intent to receive; the status becomes `ok` when it is passed. */
  testIntentToReceive(): Promise<IntentToReceive>;
  /** What comes next is signed with a new key, retries too. Answers the key. */
  rotateKey(): string;
  /** As Xero does when deliveries failed for 24 hours. `testIntentToReceive` enables it again. */
  disable(): void;
  status(): SubscriptionStatus;
  /** Numbers that no delivery will have: the next one shows a gap. */
  skipSequences(count: number): void;
  /** The number that the next event gets. */
  nextSequence(): number;
  attempts(): readonly Attempt[];
  /** Deliveries that met a fault on their way. */
  faulted(): ReturnType<WebhookSender['faulted']>;
  /** Tells of a change, when it is one that webhooks tell of. */
  announce(change: Change): void;
  stop(): void;
}

interface State {
  url: string;
  key: string;
  categories: readonly EventCategory[];
  status: SubscriptionStatus;
  nextSequence: number;
  pending: WebhookEvent[];
}

export function createWebhooks(options: WebhooksOptions): XeroWebhooks {
  const { random } = options;
  const state: State = { url: '', key: '', categories: [], status: 'none', nextSequence: 1, pending: [] };
  const sender = createSender(options, state);
  const drawKey = () => Buffer.from(random.text(64)).toString('base64');
  return {
    subscribe: ({ url, categories = ['CONTACT', 'INVOICE', 'CREDITNOTE'], key }) => {
      const kept = state.key === '' ? drawKey() : state.key;
      Object.assign(state, { url, categories, key: key ?? kept, status: 'untested' });
      return state.key;
    },
    testIntentToReceive: async () => {
      if (state.status === 'none') throw new Error('There is no subscription to test.');
      const outcome = await testIntentToReceive({ url: state.url, key: state.key, random, sender });
      state.status = outcome.isPassed ? 'ok' : 'untested';
      return outcome;
    },
    rotateKey: () => {
      state.key = drawKey();
      return state.key;
    },
    disable: () => disable(state),
    status: () => state.status,
    skipSequences: (count) => {
      state.nextSequence += count;
    },
    nextSequence: () => state.nextSequence,
    attempts: sender.attempts,
    faulted: sender.faulted,
    announce: (change) => queue(options, state, sender, change),
    stop: sender.stop,
  };
}

function createSender({ timeline, faults, fetch }: WebhooksOptions, state: State): WebhookSender {
  return createWebhookSender({
    timeline,
    faults,
    fetch,
    retryAfterMs,
    deadlineMs: answerWithinMs,
    isAccepted: (status, { bodyBytes, setsCookie, tookMs }) =>
      status === 200 && bodyBytes === 0 && !setsCookie && tookMs <= answerWithinMs,
    onSettled: (_delivery, outcome) => {
      if (outcome === 'given_up') disable(state);
    },
  });
}

function disable(state: State): void {
  if (state.status === 'ok') state.status = 'disabled';
}

function queue(options: WebhooksOptions, state: State, sender: WebhookSender, change: Change): void {
  if (state.status !== 'ok' || !options.isConnected(change.organisation.id)) return;
  const event = toEvent(change, options.dialect);
  if (event === null || !state.categories.includes(event.eventCategory)) return;
  state.pending.push(event);
  if (state.pending.length > 1) return;
  options.timeline.at(later(options.timeline, options.batchMs), () => flush(options, state, sender));
}

function flush({ maximumEvents, random }: WebhooksOptions, state: State, sender: WebhookSender): void {
  const events = state.pending;
  state.pending = [];
  if (state.status !== 'ok') return;
  for (let first = 0; first < events.length; first += maximumEvents) {
    const batch = events.slice(first, first + maximumEvents);
    sender.send(toDelivery(state, batch, toBody(batch, state.nextSequence, random)));
    state.nextSequence += batch.length;
  }
}

function toDelivery(state: State, events: readonly WebhookEvent[], body: Buffer): Delivery {
  const { url, nextSequence } = state;
  return {
    id: `${nextSequence}-${nextSequence + events.length - 1}`,
    topic: [...new Set(events.map(({ eventCategory }) => eventCategory))].join(' '),
    url,
    body,
    headers: () => ({ 'content-type': 'application/json', 'x-xero-signature': sign(state.key, body) }),
    isWanted: () => state.status === 'ok' && state.url === url,
  };
}
