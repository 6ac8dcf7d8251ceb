import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFaultPlan, type FaultPlan } from './faults.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { createWebhookSender, type Delivery, type WebhookSender, type WebhookSenderOptions } from './webhook-sender.ts';

const minute = 60_000;
const start = new Date('2026-11-21T12:00:00Z');

let clock: VirtualClock;
let faults: FaultPlan;
let answers: (Response | Error)[] = [];
let received: { url: string; headers: Record<string, string>; body: string }[] = [];
let settled: string[] = [];

const receiver: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  received.push({
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: Buffer.from(await request.arrayBuffer()).toString(),
  });
  const answer = answers.shift() ?? new Response(null, { status: 200 });
  if (answer instanceof Error) throw answer;
  return answer;
};

const createSender = (options: Partial<WebhookSenderOptions> = {}) =>
  createWebhookSender({
    timeline: clock,
    faults,
    retryAfterMs: [minute, 4 * minute],
    deadlineMs: 10_000,
    isAccepted: (status) => status < 300,
    onSettled: ({ id }, outcome) => settled.push(`${id} ${outcome}`),
    fetch: receiver,
    ...options,
  });

const delivery = (id: string, more: Partial<Delivery> = {}): Delivery => ({
  id,
  topic: 'payment.updated',
  url: 'https://receiver.invalid/hook',
  body: Buffer.from(id),
  headers: ({ number, firstAt, lastFailure }) => ({
    'x-first': firstAt.toISOString(),
    'x-attempt': `${number} ${lastFailure}`,
  }),
  ...more,
});
const bodies = () => received.map(({ body }) => body);
const refusals = (count: number) => Array.from({ length: count }, () => new Response(null, { status: 503 }));

let sender: WebhookSender;
beforeEach(() => {
  clock = createVirtualClock(start);
  faults = createFaultPlan();
  [answers, received, settled] = [[], [], []];
  sender = createSender();
});

describe('a delivery', () => {
  it('is sent when the clock moves, once when it is accepted', async () => {
    sender.send(delivery('one'));
    expect(received).toEqual([]);
    await clock.advance(0);
    await clock.advance(60 * minute);
    expect(received).toMatchObject([{ url: 'https://receiver.invalid/hook', body: 'one' }]);
    expect(received[0]?.headers).toMatchObject({ 'x-first': '2026-11-21T12:00:00.000Z', 'x-attempt': '1 null' });
    expect(settled).toEqual(['one accepted']);
  });

  it('is sent after the latency of the provider', async () => {
    sender = createSender({ latencyMs: 5000 });
    sender.send(delivery('one'));
    await clock.advance(4999);
    expect(received).toEqual([]);
    await clock.advance(1);
    expect(bodies()).toEqual(['one']);
  });

  it('is sent again on schedule, with the reason, and then given up', async () => {
    const timeout = new DOMException('late', 'TimeoutError');
    const certificate = new TypeError('fetch failed', { cause: { code: 'CERT_HAS_EXPIRED' } });
    answers = [timeout, certificate, new Response('no', { status: 301, headers: { 'set-cookie': 'a=b' } })];
    sender.send(delivery('one'));
    await clock.advance(24 * 60 * minute);
    expect(received.map(({ headers }) => headers['x-attempt'])).toEqual(['1 null', '2 http_timeout', '3 ssl_error']);
    expect(new Set(received.map(({ headers }) => headers['x-first']))).toEqual(new Set(['2026-11-21T12:00:00.000Z']));
    expect(sender.attempts()).toMatchObject([
      { number: 1, at: '2026-11-21T12:00:00.000Z', status: null, failure: 'http_timeout', bodyBytes: 0 },
      { number: 2, at: '2026-11-21T12:01:00.000Z', status: null, failure: 'ssl_error' },
      { number: 3, at: '2026-11-21T12:05:00.000Z', status: 301, failure: 'http_error', bodyBytes: 2, setsCookie: true },
    ]);
    expect(settled).toEqual(['one given_up']);
  });

  it('is given up when it is not wanted any more', async () => {
    let isWanted = true;
    answers = refusals(3);
    sender.send(delivery('one', { isWanted: () => isWanted }));
    await clock.advance(0);
    isWanted = false;
    await clock.advance(60 * minute);
    expect(bodies()).toEqual(['one']);
  });

  it('can be sent at once and once, whatever is planned', async () => {
    answers = refusals(1);
    faults.plan({ fault: 'drop' });
    expect(await sender.sendOnce(delivery('one'))).toMatchObject({ status: 503, failure: 'http_error', number: 1 });
    await clock.advance(60 * minute);
    expect(bodies()).toEqual(['one']);
    expect(sender.attempts()).toHaveLength(1);
  });

  it('is not sent after the stop', async () => {
    sender.send(delivery('one'));
    sender.stop();
    await clock.advance(60 * minute);
    expect(received).toEqual([]);
  });
});

describe('on its way a delivery can', () => {
  it('be dropped: it is never sent, and never again', async () => {
    faults.plan({ fault: 'drop', on: ({ id }) => id === 'two' });
    for (const id of ['one', 'two', 'three']) sender.send(delivery(id));
    await clock.advance(24 * 60 * minute);
    expect(bodies()).toEqual(['one', 'three']);
    expect(sender.faulted()).toEqual([{ deliveryId: 'two', topic: 'payment.updated', fault: 'drop' }]);
  });

  it('be doubled, also when the first of the two was accepted', async () => {
    faults.plan({ fault: 'duplicate' });
    for (const id of ['one', 'two']) sender.send(delivery(id));
    await clock.advance(0);
    expect(bodies()).toEqual(['one', 'one', 'two']);
  });

  it('be late', async () => {
    faults.plan({ fault: 'delay', seconds: 90 });
    for (const id of ['one', 'two']) sender.send(delivery(id));
    await clock.advance(89_999);
    expect(bodies()).toEqual(['two']);
    await clock.advance(1);
    expect(bodies()).toEqual(['two', 'one']);
  });

  it('be overtaken by the next', async () => {
    faults.plan({ fault: 'reorder' });
    sender.send(delivery('one'));
    await clock.advance(1000);
    expect(bodies()).toEqual([]);
    for (const id of ['two', 'three']) sender.send(delivery(id));
    await clock.advance(60 * minute);
    expect(bodies()).toEqual(['two', 'one', 'three']);
  });

  it('wait for one that overtakes it, but not for ever', async () => {
    faults.plan({ fault: 'reorder', seconds: 20 });
    sender.send(delivery('one'));
    await clock.advance(20_000);
    expect(bodies()).toEqual(['one']);
  });
});

it('posts over HTTP: the bytes as they are, no redirect followed, no answer waited for too long', async () => {
  const bytes: Buffer[] = [];
  const answering = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bytes.push(Buffer.concat(chunks));
      if (bytes.length === 1) response.writeHead(302, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((done) => answering.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(answering.address() as AddressInfo).port}/hook`;
  sender = createWebhookSender({
    timeline: clock,
    faults,
    retryAfterMs: [minute],
    deadlineMs: 100,
    isAccepted: (status) => status < 300,
  });
  sender.send(delivery('one', { url, body: Buffer.from([0xff, 0x00, 0x7b]) }));
  await clock.advance(2 * minute);
  answering.closeAllConnections();
  answering.close();
  expect(bytes).toEqual([Buffer.from([0xff, 0x00, 0x7b]), Buffer.from([0xff, 0x00, 0x7b])]);
  expect(sender.attempts().map(({ status, failure }) => [status, failure])).toEqual([
    [302, 'http_error'],
    [null, 'http_timeout'],
  ]);
});
