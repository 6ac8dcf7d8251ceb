import type { FaultPlan } from '../kernel/faults.ts';
import type { Random } from '../kernel/random.ts';
import { later, type Timeline } from '../kernel/timeline.ts';
import { createWebhookSender, type WebhookSender } from '../kernel/webhook-sender.ts';
import { type CloverChange, cloverDelivery, cloverHandshake, cloverHeaders } from './delivery.ts';

export interface CloverWebhookOptions {
  /** Where deliveries go; none are sent without. */
  readonly url?: string;
  /** Of an address that is verified already. */
  readonly authCode?: string;
  /** Changes this near each other travel in one POST. One second unless told. */
  readonly batchMs?: number;
  /** From the last of a batch to its first attempt. 0 unless told. */
  readonly latencyMs?: number;
  /** Time from each failed attempt to the next. */
  readonly retryAfterMs?: readonly number[];
  /** Real time that the receiver has for its answer. 10 seconds unless told. */
  readonly deadlineMs?: number;
  /** How to reach the receiver; over HTTP unless told. */
  readonly fetch?: typeof fetch;
}

/** The page "Webhooks" of the developer's dashboard, and what it sends. */
export interface CloverWebhooks extends Pick<WebhookSender, 'attempts' | 'faulted'> {
  /** A new address has to be verified before it gets anything but the code. */
  setUrl(url: string): void;
  /** Posts a verification code to the address, without any authentication. @returns the code. */
  sendVerificationCode(): string;
  /** What a person does with the code they were shown. @returns the auth code of all deliveries from now on. */
  verify(verificationCode: string): string;
}

interface Kernel {
  readonly timeline: Timeline;
  readonly faults: FaultPlan;
  readonly random: Random;
  readonly appId: () => string;
}

const minuteMs = 60_000;
const retryAfterMs = [1, 5, 30, 120].map((minutes) => minutes * minuteMs);

export function createCloverWebhooks(
  kernel: Kernel,
  options: CloverWebhookOptions,
): CloverWebhooks & { tell(merchantId: string, change: CloverChange): void; stop(): void } {
  const { timeline, random, appId } = kernel;
  const sender = createSender(kernel, options);
  let [url, authCode] = [options.url, options.authCode ?? null];
  let awaited: string | null = null;
  const send = (topic: string, said: object, headers: () => Record<string, string>, isWanted: () => boolean) => {
    if (url === undefined) return;
    const address = url;
    sender.send({
      id: random.uuid(),
      topic,
      url: address,
      body: Buffer.from(JSON.stringify(said)),
      headers,
      isWanted: () => url === address && isWanted(),
    });
  };
  const addToBatch = createBatch(timeline, options.batchMs ?? 1000, (batch) => {
    const headers = () => cloverHeaders(authCode ?? '');
    send(topicOf(batch), cloverDelivery(appId(), batch), headers, () => authCode !== null);
  });

  return {
    attempts: sender.attempts,
    faulted: sender.faulted,
    stop: sender.stop,
    setUrl: (address) => {
      [url, authCode, awaited] = [address, null, null];
    },
    sendVerificationCode: () => {
      const code = random.uuid();
      awaited = code;
      send(
        'verification',
        cloverHandshake(code),
        () => ({ 'content-type': 'application/json' }),
        () => awaited === code,
      );
      return code;
    },
    verify: (verificationCode) => {
      if (awaited === null || verificationCode !== awaited) throw new Error('That is not the verification code.');
      awaited = null;
      authCode = random.uuid();
      return authCode;
    },
    tell: (merchantId, change) => {
      if (url !== undefined && authCode !== null) addToBatch(merchantId, change);
    },
  };
}

function createSender({ timeline, faults }: Kernel, options: CloverWebhookOptions): WebhookSender {
  return createWebhookSender({
    timeline,
    faults,
    retryAfterMs: options.retryAfterMs ?? retryAfterMs,
    deadlineMs: options.deadlineMs ?? 10_000,
    latencyMs: options.latencyMs ?? 0,
    isAccepted: (status) => status === 200,
    ...(options.fetch && { fetch: options.fetch }),
  });
}

type Batch = Readonly<Record<string, readonly CloverChange[]>>;

/** Gathers changes for so long after the first, then hands them on by merchant. */
function createBatch(timeline: Timeline, batchMs: number, handOn: (batch: Batch) => void) {
  let batch: Record<string, CloverChange[]> = {};
  return (merchantId: string, change: CloverChange) => {
    if (Object.keys(batch).length === 0)
      timeline.at(later(timeline, batchMs), () => {
        const full = batch;
        batch = {};
        handOn(full);
      });
    batch[merchantId] = [...(batch[merchantId] ?? []), change];
  };
}

/** `O:CREATE,P:CREATE` */
function topicOf(batch: Batch): string {
  const topics = Object.values(batch).flatMap((changes) =>
    changes.map(({ objectId, type }) => `${objectId.split(':')[0]}:${type}`),
  );
  return [...new Set(topics)].join(',');
}
