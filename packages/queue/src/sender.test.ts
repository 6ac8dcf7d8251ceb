import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchesOf, createSender } from './sender.ts';

let sqs: FauxqsServer;
let queueUrl: string;
let client: SQSClient;

function pointAt(endpoint: string): void {
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
}

// The SDK sends to the host of the queue's URL, whatever its endpoint is.
const queueUrlAt = (endpoint: string) => `${endpoint}/000000000000/ingest`;

beforeAll(async () => {
  sqs = await startFauxqs({ port: 0, logger: false });
  sqs.createQueue('ingest');
  queueUrl = queueUrlAt(sqs.address);
  pointAt(sqs.address);
  client = new SQSClient({});
});
beforeEach(() => pointAt(sqs.address));
afterEach(() => client.send(new PurgeQueueCommand({ QueueUrl: queueUrl })));
afterAll(async () => {
  vi.unstubAllEnvs();
  client.destroy();
  await sqs.stop();
});

async function received(): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '')));
  }
}

describe('sender', () => {
  it('sends a message that arrives as it was, even with characters that SQS refuses', async () => {
    const message = { text: 'é \u0000 \ufffe \uffff \ud800 𝄞 "\\' };
    await createSender({ queueUrl }).send(message);
    expect(await received()).toEqual([message]);
  });

  it('sends many messages in batches of ten', async () => {
    const messages = Array.from({ length: 23 }, (_, n) => ({ n }));
    await createSender({ queueUrl }).sendAll(messages);
    expect(await received()).toEqual(messages);
  });

  it('sends batches of at most 1 MiB', async () => {
    const messages = Array.from({ length: 4 }, (_, n) => ({ n, text: 'x'.repeat(400_000) }));
    await createSender({ queueUrl }).sendAll(messages);
    expect(await received()).toEqual(messages);
  });

  it('sends nothing when there is nothing to send', async () => {
    await createSender({ queueUrl }).sendAll([]);
    expect(await received()).toEqual([]);
  });

  it('refuses a message of more than 1 MiB before it sends any', async () => {
    const sending = createSender({ queueUrl }).sendAll([{ n: 1 }, { text: 'x'.repeat(1_048_576) }]);
    await expect(sending).rejects.toMatchObject({ name: 'AppError', code: 'payload_too_large' });
    expect(await received()).toEqual([]);
  });

  it('says unavailable when the queue does not exist', async () => {
    const sending = createSender({ queueUrl: `${queueUrl}-gone` }).send({ n: 1 });
    await expect(sending).rejects.toMatchObject({ code: 'unavailable', cause: { name: 'QueueDoesNotExist' } });
  });
});

describe('sender of a queue in trouble', () => {
  let requests = 0;
  let lastBody = '';
  const behaviours = {
    silent: () => {},
    broken: (respond: (status: number, body: string) => void) => respond(500, '{}'),
    partial: (respond: (status: number, body: string) => void) =>
      respond(
        200,
        JSON.stringify({
          Successful: [
            { Id: '0', MessageId: 'm', MD5OfMessageBody: createHash('md5').update('{"n":1}').digest('hex') },
          ],
          Failed: [{ Id: '1', SenderFault: false, Code: 'InternalError' }],
        }),
      ),
  };

  async function during(behaviour: keyof typeof behaviours, run: (queueUrl: string) => Promise<void>): Promise<void> {
    requests = 0;
    lastBody = '';
    const server = createServer((request, response) => {
      request.on('data', (bytes) => {
        lastBody += bytes;
      });
      request.on('end', () => {
        requests += 1;
        behaviours[behaviour]((status, body) =>
          response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body),
        );
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    pointAt(endpoint);
    try {
      await run(queueUrlAt(endpoint));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  // The local one takes groups on a queue of this kind, and does not keep them.
  it('is told of which organization each message is, so that one with many keeps nobody waiting', () =>
    during('silent', async (queueUrl) => {
      const sender = createSender<object>({ queueUrl, requestTimeoutMs: 80, attempts: 1 });
      await expect(sender.send({ orgId: 'ann' })).rejects.toMatchObject({ code: 'unavailable' });
      expect(JSON.parse(lastBody)).toMatchObject({ MessageGroupId: 'ann' });
      lastBody = '';
      const messages = [{ orgId: 'ann' }, { orgId: 'bob' }, { text: 'of nobody' }];
      await expect(sender.sendAll(messages)).rejects.toMatchObject({ code: 'unavailable' });
      const groups = JSON.parse(lastBody).Entries.map((entry: { MessageGroupId?: string }) => entry.MessageGroupId);
      expect(groups).toEqual(['ann', 'bob', undefined]);
    }));

  it('gives up on one that does not answer after two attempts', () =>
    during('silent', async (queueUrl) => {
      const sending = createSender({ queueUrl, requestTimeoutMs: 80 }).send({ n: 1 });
      await expect(sending).rejects.toMatchObject({ code: 'unavailable', cause: { name: 'TimeoutError' } });
      expect(requests).toBe(2);
    }));

  it('gives up on one that fails after two attempts', () =>
    during('broken', async (queueUrl) => {
      await expect(createSender({ queueUrl }).send({ n: 1 })).rejects.toMatchObject({ code: 'unavailable' });
      expect(requests).toBe(2);
    }));

  it('throws when some entries of a batch are refused, though SQS answers 200', () =>
    during('partial', async (queueUrl) => {
      const sending = createSender({ queueUrl }).sendAll([{ n: 1 }, { n: 2 }]);
      await expect(sending).rejects.toMatchObject({
        code: 'unavailable',
        message: 'The queue refused 1 of 2 messages.',
      });
    }));
});

it('batches keep the order, hold 1 to 10 messages and at most 1 MiB', () => {
  const bodies = fc.array(
    fc.integer({ min: 1, max: 1_048_576 }).map((length) => 'x'.repeat(length)),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(bodies, (all) => {
      const batches = batchesOf(all);
      expect(batches.flat()).toEqual(all);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(10);
        expect(batch.join('').length).toBeLessThanOrEqual(1_048_576);
      }
    }),
    { numRuns: 100 },
  );
});
