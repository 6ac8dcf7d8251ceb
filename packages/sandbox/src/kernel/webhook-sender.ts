import type { DeliveryFault, Fault, FaultPlan } from './faults.ts';
import { later, type Timeline } from './timeline.ts';

export type AttemptFailure = 'http_timeout' | 'http_error' | 'ssl_error' | 'other_error';

/** One POST of a delivery. */
export interface Attempt {
  readonly deliveryId: string;
  readonly topic: string;
  readonly url: string;
  /** 1 for the first, then one more for each retry; a copy counts from 1 again. */
  readonly number: number;
  readonly at: string;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly failure: AttemptFailure | null;
  /** Of the answer; 0 without one. */
  readonly bodyBytes: number;
  readonly setsCookie: boolean;
  /** On the timeline. */
  readonly tookMs: number;
}

/** What an attempt's headers may depend on. */
export interface AttemptContext {
  readonly number: number;
  readonly at: Date;
  /** When the first attempt was made. */
  readonly firstAt: Date;
  /** Why the attempt before failed; null on the first. */
  readonly lastFailure: AttemptFailure | null;
}

export interface Delivery {
  readonly id: string;
  /** The provider's word for what it is about, such as `payment.updated`. */
  readonly topic: string;
  readonly url: string;
  readonly body: Buffer;
  headers(attempt: AttemptContext): Record<string, string>;
  /** Asked before each attempt: false gives the delivery up. */
  isWanted?(): boolean;
}

export interface WebhookSenderOptions {
  readonly timeline: Timeline;
  readonly faults: FaultPlan;
  /** Time from each failed attempt to the next; when it is over, the delivery is given up. */
  readonly retryAfterMs: readonly number[];
  /** Real time that the receiver has for its answer. */
  readonly deadlineMs: number;
  /** From the event to the first attempt, on the timeline. 0 unless told. */
  readonly latencyMs?: number;
  readonly isAccepted: (status: number, answer: Pick<Attempt, 'bodyBytes' | 'setsCookie' | 'tookMs'>) => boolean;
  /** After the last attempt of a delivery. */
  readonly onSettled?: (delivery: Delivery, outcome: 'accepted' | 'given_up') => void;
  /** How to reach receivers; over HTTP unless told. */
  readonly fetch?: typeof fetch;
}

export interface WebhookSender {
  /** Sends when the clock next moves past the latency, and again as the provider would. */
  send(delivery: Delivery): void;
  /** Sends at once and once, past all faults: for a provider's "send a test". */
  sendOnce(delivery: Delivery): Promise<Attempt>;
  attempts(): readonly Attempt[];
  /** Deliveries that met a fault on their way. */
  faulted(): readonly { deliveryId: string; topic: string; fault: DeliveryFault }[];
  stop(): void;
}

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { timeline, faults, latencyMs = 0 } = options;
  const attempts: Attempt[] = [];
  const faulted: { deliveryId: string; topic: string; fault: DeliveryFault }[] = [];
  const held = new Set<Delivery>();
  let isStopped = false;

  const start = (delivery: Delivery, afterMs: number) =>
    timeline.at(later(timeline, afterMs), () =>
      pursue(
        options,
        delivery,
        (made) => attempts.push(made),
        () => isStopped,
      ),
    );
  const release = (delivery: Delivery, afterMs: number) => {
    if (held.delete(delivery)) start(delivery, afterMs);
  };
  const ways: Record<DeliveryFault, (delivery: Delivery, waitMs: number) => void> = {
    drop: () => undefined,
    duplicate: (delivery) => {
      start(delivery, latencyMs);
      start(delivery, latencyMs);
    },
    delay: (delivery, waitMs) => start(delivery, latencyMs + waitMs),
    reorder: (delivery, waitMs) => {
      held.add(delivery);
      timeline.at(later(timeline, latencyMs + waitMs), () => release(delivery, 0));
    },
  };
  const begin = (delivery: Delivery, fault: Fault<DeliveryFault> | null) => {
    if (fault === null) return start(delivery, latencyMs);
    faulted.push({ deliveryId: delivery.id, topic: delivery.topic, fault: fault.kind });
    ways[fault.kind](delivery, fault.seconds * 1000);
  };

  return {
    send: (delivery) => {
      const waiting = [...held];
      begin(delivery, faults.nextForDelivery(delivery));
      for (const earlier of waiting) release(earlier, latencyMs);
    },
    sendOnce: async (delivery) => {
      const at = timeline.now();
      const made = await post(options, delivery, { number: 1, at, firstAt: at, lastFailure: null });
      attempts.push(made);
      return made;
    },
    attempts: () => attempts,
    faulted: () => faulted,
    stop: () => {
      isStopped = true;
    },
  };
}

/** The first attempt, and after each failure the next as long as the schedule has one. */
async function pursue(
  options: WebhookSenderOptions,
  delivery: Delivery,
  record: (made: Attempt) => void,
  isStopped: () => boolean,
): Promise<void> {
  const { timeline, retryAfterMs, onSettled } = options;
  const firstAt = timeline.now();
  const attempt = async (number: number, lastFailure: AttemptFailure | null): Promise<void> => {
    if (isStopped() || delivery.isWanted?.() === false) return;
    const made = await post(options, delivery, { number, at: timeline.now(), firstAt, lastFailure });
    record(made);
    const waitMs = retryAfterMs[number - 1];
    if (made.failure === null) onSettled?.(delivery, 'accepted');
    else if (waitMs === undefined) onSettled?.(delivery, 'given_up');
    else timeline.at(later(timeline, waitMs), () => attempt(number + 1, made.failure));
  };
  await attempt(1, null);
}

async function post(options: WebhookSenderOptions, delivery: Delivery, context: AttemptContext): Promise<Attempt> {
  const { timeline, deadlineMs, isAccepted } = options;
  const made = {
    deliveryId: delivery.id,
    topic: delivery.topic,
    url: delivery.url,
    number: context.number,
    at: context.at.toISOString(),
  };
  const took = () => timeline.now().getTime() - context.at.getTime();
  try {
    const response = await (options.fetch ?? fetch)(delivery.url, {
      method: 'POST',
      headers: delivery.headers(context),
      body: new Uint8Array(delivery.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(deadlineMs),
    });
    const { byteLength } = await response.arrayBuffer();
    const { status } = response;
    const answer = { bodyBytes: byteLength, setsCookie: response.headers.has('set-cookie'), tookMs: took() };
    return { ...made, ...answer, status, failure: isAccepted(status, answer) ? null : 'http_error' };
  } catch (error) {
    return { ...made, status: null, failure: failureOf(error), bodyBytes: 0, setsCookie: false, tookMs: took() };
  }
}

/** Whatever a receiver does to us is its failure and a reason to send again. */
function failureOf(error: unknown): AttemptFailure {
  if (!(error instanceof Error)) return 'other_error';
  if (error.name === 'TimeoutError') return 'http_timeout';
  const { code = '' } = (error.cause ?? {}) as { code?: string };
  return /CERT|SSL|TLS/.test(code) ? 'ssl_error' : 'other_error';
}
