import { setTimeout as delay } from 'node:timers/promises';
import { type Message, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { createBatch } from './batch.ts';
import { outcomeOf } from './batch-outcome.ts';
import type { InvocationResult } from './lambda-error.ts';
import { deleteAll, receive, returnAll } from './queue-receipts.ts';
import { recordOf } from './sqs-record.ts';

export interface EventSourceOptions {
  /** Endpoint of SQS. */
  endpoint: string;
  region: string;
  queueUrl: string;
  queueArn: string;
  batchSize: number;
  batchWindowSeconds: number;
  maxConcurrency: number;
  /**
   * Seconds until a failed message is tried again. Left out, the queue's visibility timeout decides, as on AWS;
   * that is minutes, so a demo or a test shortens it.
   */
  retryVisibilitySeconds?: number;
  /** Length of a long poll on an empty queue, and so of the longest stop; default 1. */
  idlePollSeconds?: number;
  invoke: (event: SQSEvent) => Promise<InvocationResult>;
  log: (line: string) => void;
}

export interface EventSource {
  /** Batches handed over and not settled yet. */
  readonly running: number;
  /** Takes no more messages, gives back those not yet handed over, and waits for running invocations. */
  stop(): Promise<void>;
}

interface Source {
  readonly client: SQSClient;
  readonly options: EventSourceOptions;
  /** Received, but not fitting into the batch they came with: first of the next. */
  readonly held: Message[];
  stopping: boolean;
}

/** As many calls as AWS keeps open to a queue at first, of ten messages each. */
const parallelReceives = 5;
const receiveLimit = 10;
const betweenPollsMs = 50;
const afterFailureMs = 200;

/** The next batch: full, or as full as its window allowed; empty when the source is stopping. */
async function gather(source: Source): Promise<readonly Message[]> {
  const { client, options, held } = source;
  const batch = createBatch(options.batchSize);
  let full = batch.fillFrom(held);
  let closesAt = Date.now() + options.batchWindowSeconds * 1000;
  while (!source.stopping && !full) {
    const first = batch.messages.length === 0;
    if (!first && Date.now() >= closesAt) break;
    const room = options.batchSize - batch.messages.length;
    const waitSeconds = first ? (options.idlePollSeconds ?? 1) : 0;
    const calls = first ? 1 : Math.min(parallelReceives, Math.ceil(room / receiveLimit));
    const receiving = Array.from({ length: calls }, () => receive(client, options.queueUrl, room, waitSeconds));
    const answers = await Promise.allSettled(receiving);
    const received = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const refused = answers.find((answer) => answer.status === 'rejected');
    if (refused) {
      if (first) throw refused.reason;
      // What is already gathered is handed over rather than lost from sight for a visibility timeout.
      closesAt = 0;
    }
    // The window opens with the first message.
    if (first) closesAt = Date.now() + options.batchWindowSeconds * 1000;
    held.push(...received);
    full = batch.fillFrom(held);
    if (received.length === 0 && waitSeconds === 0) await delay(betweenPollsMs);
  }
  return batch.messages;
}

/** Invokes with a batch and settles it: deletes what succeeded, leaves the rest to become visible again. */
async function run({ client, options }: Source, batch: readonly Message[]): Promise<void> {
  const { queueUrl, queueArn: arn, region, retryVisibilitySeconds } = options;
  const result = await options.invoke({ Records: batch.map((message) => recordOf(message, { arn, region })) });
  const ids = batch.map((message) => message.MessageId ?? '');
  const done = new Set(outcomeOf(ids, result).succeeded);
  const succeeded = batch.filter((message) => done.has(message.MessageId ?? ''));
  const failed = batch.filter((message) => !done.has(message.MessageId ?? ''));
  await deleteAll(client, queueUrl, succeeded);
  if (failed.length === 0) return;
  options.log(`${failed.length} of ${batch.length} messages failed and will be retried`);
  if (retryVisibilitySeconds !== undefined) await returnAll(client, queueUrl, failed, retryVisibilitySeconds);
}

/**
 * An SQS event source mapping: gathers batches, invokes, deletes what succeeded, leaves the rest to become visible again.
 * Dead-lettering is the queue's own doing. One loop gathers, so batches fill up; up to `maxConcurrency` run at once.
 */
export function startEventSource(options: EventSourceOptions): EventSource {
  const { endpoint, region, log } = options;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 });
  const source: Source = { client, options, held: [], stopping: false };
  const invocations = new Set<Promise<void>>();

  function dispatch(batch: readonly Message[]): void {
    // With SQS away nothing is deleted: the messages come back, which the functions must bear anyway.
    const running = run(source, batch).catch((error: unknown) => log(`batch not settled: ${String(error)}`));
    invocations.add(running);
    void running.finally(() => invocations.delete(running));
  }

  async function poll(): Promise<void> {
    while (!source.stopping) {
      while (invocations.size >= options.maxConcurrency) await Promise.race(invocations);
      try {
        const batch = await gather(source);
        if (source.stopping) source.held.push(...batch);
        else if (batch.length > 0) dispatch(batch);
      } catch (error) {
        log(`queue not readable: ${String(error)}`);
        await delay(afterFailureMs);
      }
    }
    await returnAll(client, options.queueUrl, source.held, 0).catch((error: unknown) =>
      log(`not given back: ${String(error)}`),
    );
  }

  const polling = poll();
  return {
    get running() {
      return invocations.size;
    },
    async stop() {
      source.stopping = true;
      await polling;
      await Promise.all(invocations);
      client.destroy();
    },
  };
}
