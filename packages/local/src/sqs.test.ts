import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queues } from '@tributary/infra/topology';
import { afterEach, expect, test } from 'vitest';
import { type LocalSqs, region, startSqs } from './sqs.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const running: LocalSqs[] = [];

async function started(options: Parameters<typeof startSqs>[0] = {}) {
  const sqs = await startSqs(options);
  running.push(sqs);
  const client = new SQSClient({ endpoint: sqs.url, region, credentials, maxAttempts: 1 });
  const send = (queue: string, text: string) =>
    client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl(queue), MessageBody: text }));
  const receive = async (url: string) =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }))).Messages ?? [];
  return { sqs, send, receive };
}

afterEach(async () => {
  for (const sqs of running.splice(0)) await sqs.stop();
});

test('every queue of the topology exists on loopback with its limits', async () => {
  const { sqs, send } = await started();
  expect(new URL(sqs.url).hostname).toBe('127.0.0.1');
  for (const name of Object.keys(queues)) {
    await send(name, 'hello');
    expect(sqs.depth(name)).toEqual({ visible: 1, inFlight: 0, delayed: 0, deadLettered: 0 });
  }
});

test('a message received more often than allowed lands in the dead-letter queue', async () => {
  const { sqs, send, receive } = await started({ queues: { q: { visibilityTimeoutSeconds: 0, maxReceiveCount: 2 } } });
  await send('q', 'poison');
  const counts = [await receive(sqs.queueUrl('q')), await receive(sqs.queueUrl('q')), await receive(sqs.queueUrl('q'))];
  expect(counts.map((messages) => messages.length)).toEqual([1, 1, 0]);
  expect(sqs.depth('q')).toEqual({ visible: 0, inFlight: 0, delayed: 0, deadLettered: 1 });
  expect((await receive(sqs.deadLetterUrl('q')))[0]?.Body).toBe('poison');
});

test('an outage refuses requests and loses no message', async () => {
  const { sqs, send, receive } = await started({ queues: { q: { visibilityTimeoutSeconds: 30, maxReceiveCount: 2 } } });
  await send('q', 'before');
  const { url } = sqs;
  await sqs.closeDoor();
  await expect(send('q', 'during')).rejects.toThrow();
  await sqs.openDoor();
  expect(sqs.url).toBe(url);
  expect((await receive(sqs.queueUrl('q'))).map((message) => message.Body)).toEqual(['before']);
});

test('with a data folder messages survive the end of the process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-sqs-'));
  const options = { dataDir: folder, queues: { q: { visibilityTimeoutSeconds: 30, maxReceiveCount: 2 } } };
  const first = await started(options);
  await first.send('q', 'kept');
  await running.pop()?.stop();
  const second = await started(options);
  expect((await second.receive(second.sqs.queueUrl('q'))).map((message) => message.Body)).toEqual(['kept']);
  await running.pop()?.stop();
  rmSync(folder, { recursive: true });
});
