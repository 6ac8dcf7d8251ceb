import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type EventSource, type EventSourceOptions, startEventSource } from './event-source.ts';
import type { InvocationResult } from './lambda-error.ts';
import { type LocalSqs, region, startSqs } from './sqs.ts';

const limits = { visibilityTimeoutSeconds: 60, maxReceiveCount: 3 };
let sqs: LocalSqs;
let client: SQSClient;
const running: EventSource[] = [];

beforeAll(async () => {
  sqs = await startSqs({ queues: { q: limits, poisoned: limits, failing: limits, stopped: limits, slow: limits } });
  client = new SQSClient({ endpoint: sqs.url, region, credentials: { accessKeyId: 'l', secretAccessKey: 'l' } });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((source) => source.stop()));
});
afterAll(async () => {
  client.destroy();
  await sqs.stop();
});

async function send(queue: string, bodies: readonly string[]): Promise<void> {
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await client.send(new SendMessageBatchCommand({ QueueUrl: sqs.queueUrl(queue), Entries }));
  }
}

function consume(
  queue: string,
  handler: (records: SQSRecord[]) => unknown,
  options: Partial<EventSourceOptions> = {},
): EventSource {
  const invoke = async (event: SQSEvent): Promise<InvocationResult> => {
    try {
      return { payload: await handler(event.Records) };
    } catch (error) {
      return { functionError: 'Unhandled', payload: { errorType: 'Error', errorMessage: String(error) } };
    }
  };
  const source = startEventSource({
    endpoint: sqs.url,
    region,
    queueUrl: sqs.queueUrl(queue),
    queueArn: sqs.queueArn(queue),
    batchSize: 10,
    batchWindowSeconds: 0,
    maxConcurrency: 2,
    idlePollSeconds: 0,
    invoke,
    log: () => undefined,
    ...options,
  });
  running.push(source);
  return source;
}

const empty = (queue: string) => {
  const { visible, inFlight } = sqs.depth(queue);
  return visible + inFlight === 0;
};
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 8000, interval: 10 });
const failuresOf = (records: SQSRecord[], failed: (body: string) => boolean) => ({
  batchItemFailures: records.filter(({ body }) => failed(body)).map(({ messageId }) => ({ itemIdentifier: messageId })),
});

test('a record has the shape Lambda gives it', async () => {
  let record: SQSRecord | undefined;
  consume('q', (records) => {
    [record] = records;
  });
  const MessageAttributes = { trace: { DataType: 'String', StringValue: 't-1' } };
  await client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl('q'), MessageBody: 'hello', MessageAttributes }));
  await until(() => record !== undefined && empty('q'));
  expect(record).toMatchObject({
    body: 'hello',
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.stringMatching(/^\d{13}$/) },
    messageAttributes: { trace: { stringValue: 't-1', dataType: 'String' } },
    md5OfBody: '5d41402abc4b2a76b9719d911017c592',
    eventSource: 'aws:sqs',
    eventSourceARN: sqs.queueArn('q'),
    awsRegion: region,
  });
  expect(record?.messageId).toBeTruthy();
  expect(record?.receiptHandle).toBeTruthy();
});

test('of ten records any k that fail come back, and only they', async () => {
  const receives = new Map<string, number>();
  const toFail = new Set<string>();
  const handler = (records: SQSRecord[]) => {
    for (const { body } of records) receives.set(body, (receives.get(body) ?? 0) + 1);
    return failuresOf(records, (body) => toFail.has(body) && receives.get(body) === 1);
  };
  consume('q', handler, { retryVisibilitySeconds: 0 });
  const indices = Array.from({ length: 10 }, (_, index) => index);
  let round = 0;
  const play = async (failing: readonly number[]) => {
    round += 1;
    const bodies = indices.map((index) => `${round}-${index}`);
    for (const index of failing) toFail.add(`${round}-${index}`);
    await send('q', bodies);
    await until(() => bodies.every((body) => receives.has(body)) && empty('q'));
    expect(bodies.map((body) => receives.get(body))).toEqual(indices.map((index) => (failing.includes(index) ? 2 : 1)));
  };
  for (let k = 0; k <= 10; k += 1) await play(indices.slice(0, k));
  await fc.assert(fc.asyncProperty(fc.subarray(indices), play), { numRuns: 20 });
});

test('records that always fail end in the dead-letter queue, their batch mates run once', async () => {
  const receives = new Map<string, string[]>();
  consume(
    'poisoned',
    (records) => {
      for (const { body, attributes } of records) {
        receives.set(body, [...(receives.get(body) ?? []), attributes.ApproximateReceiveCount]);
      }
      return failuresOf(records, (body) => body === 'poison');
    },
    { retryVisibilitySeconds: 0 },
  );
  await send('poisoned', ['good-1', 'poison', 'good-2']);
  await until(() => sqs.depth('poisoned').deadLettered === 1 && empty('poisoned'));
  expect(Object.fromEntries(receives)).toEqual({ poison: ['1', '2', '3'], 'good-1': ['1'], 'good-2': ['1'] });
});

test('after a throw the whole batch waits for the visibility timeout', async () => {
  let thrown = 0;
  const source = consume('failing', () => {
    thrown += 1;
    throw new Error('no');
  });
  await send('failing', ['1', '2']);
  await until(() => sqs.depth('failing').inFlight === 2 && thrown > 0);
  await source.stop();
  expect(sqs.depth('failing')).toMatchObject({ visible: 0, inFlight: 2, deadLettered: 0 });
});

test('a window gathers more than one receive into a batch', async () => {
  const sizes: number[] = [];
  await send(
    'q',
    Array.from({ length: 35 }, (_, index) => `gathered ${index}`),
  );
  consume('q', (records) => void sizes.push(records.length), { batchSize: 30, batchWindowSeconds: 0.3 });
  await until(() => empty('q'));
  expect(sizes).toEqual([30, 5]);
});

test('a batch stays under six megabytes', async () => {
  const batches: number[] = [];
  const megabyte = 'x'.repeat(1_000_000);
  for (let sent = 0; sent < 9; sent += 1) await send('q', [megabyte]);
  const options = { batchSize: 50, batchWindowSeconds: 0.3, maxConcurrency: 1 };
  consume('q', (records) => void batches.push(records.length), options);
  await until(() => empty('q'));
  expect(batches).toEqual([6, 3]);
});

test('no more invocations run at once than allowed', async () => {
  let now = 0;
  let most = 0;
  consume(
    'slow',
    async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 30));
      now -= 1;
    },
    { batchSize: 1, maxConcurrency: 3 },
  );
  await send(
    'slow',
    Array.from({ length: 12 }, (_, index) => String(index)),
  );
  await until(() => empty('slow'));
  expect(most).toBe(3);
});

test('stopping finishes what runs and gives the rest back at once', async () => {
  const { promise: finish, resolve } = Promise.withResolvers<void>();
  let started = 0;
  const source = consume(
    'stopped',
    () => {
      started += 1;
      return finish;
    },
    { batchSize: 1, maxConcurrency: 1 },
  );
  await send('stopped', ['1', '2', '3']);
  await until(() => started === 1);
  const stopped = source.stop();
  resolve();
  await stopped;
  expect(started).toBe(1);
  expect(sqs.depth('stopped')).toMatchObject({ visible: 2, inFlight: 0 });
});

test('it goes on after an outage of the queue', async () => {
  const seen: string[] = [];
  consume('q', (records) => void seen.push(...records.map(({ body }) => body)));
  await sqs.closeDoor();
  await sqs.openDoor();
  await send('q', ['after']);
  await until(() => seen.includes('after') && empty('q'));
});
