import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCloverWebhook, handler as deployedClover } from '../webhooks/clover.ts';
import { createSquareWebhook, handler as deployedSquare } from '../webhooks/square.ts';
import { createXeroWebhook, handler as deployedXero } from '../webhooks/xero.ts';
import { ConfigurationError } from './config.ts';
import {
  answer,
  asBase64,
  asText,
  code,
  formerKey,
  key,
  notificationUrl,
  now,
  orders,
  payment,
  record,
  request,
  sign,
  signed,
  verification,
  xeroContact,
  xeroKey,
  xeroSigned,
} from './webhook.fixture.ts';
import { maxBodyBytes, type Send, type WebhookHandler } from './webhook.ts';

let recorded: ReturnType<typeof record>;
beforeEach(() => {
  recorded = record();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
const send: Send = (message) => recorded.send(message);
const square = createSquareWebhook({ keys: () => [key, formerKey], notificationUrl: () => notificationUrl, send, now });
const clover = createCloverWebhook({ codes: () => [code], send, now });
const xero = createXeroWebhook({ keys: () => [xeroKey], send, now });

describe('every webhook', () => {
  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('answers 405 to %s', async (method) => {
    expect(await square(request(asText(payment), signed(payment), method))).toEqual(answer(405));
    expect(await clover(request(asText(orders), { 'x-clover-auth': code }, method))).toEqual(answer(405));
    expect(await xero(request(asText(xeroContact), xeroSigned(xeroContact), method))).toEqual(answer(405));
    expect(recorded.sent).toEqual([]);
  });

  const unavailable = Object.assign(new Error(`refused ${key} ${payment}`, { cause: new TypeError(key) }), {
    name: 'AppError',
  });
  it('answers 503 when the queue does not take it, and logs the class of the error and not its words', async () => {
    const broken = createSquareWebhook({
      keys: () => [key],
      notificationUrl: () => notificationUrl,
      send: () => Promise.reject(unavailable),
    });
    expect(await broken(request(asText(payment), signed(payment)))).toEqual(answer(503));
    expect(recorded.logged()).toMatchObject([
      { level: 'ERROR', outcome: 'unavailable', error: 'AppError', cause: 'TypeError' },
    ]);
    expect(recorded.lines.join()).not.toContain(key);
  });

  it('answers only after the queue has taken it', async () => {
    let take = () => {};
    let answered = false;
    const slow = createSquareWebhook({
      keys: () => [key],
      notificationUrl: () => notificationUrl,
      send: () => new Promise((resolve) => (take = resolve)),
    });
    const answering = slow(request(asText(payment), signed(payment))).then((given) => {
      answered = true;
      return given;
    });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    take();
    expect(await answering).toEqual(answer(200));
  });

  it.each<[string, WebhookHandler]>([
    ['no key', createSquareWebhook({ keys: () => [], notificationUrl: () => notificationUrl, send })],
    ['an empty key', createSquareWebhook({ keys: () => [''], notificationUrl: () => notificationUrl, send })],
    ['no URL', createSquareWebhook({ keys: () => [key], notificationUrl: () => '', send })],
    ['no code', createCloverWebhook({ codes: () => [], send })],
    ['no Xero key', createXeroWebhook({ keys: () => [], send })],
    ['an empty Xero key', createXeroWebhook({ keys: () => [''], send })],
  ])('answers 503, not 401, when we have %s: the provider shall send it again', async (_, handler) => {
    const event = request(asText(payment), { ...signed(payment), 'x-clover-auth': code });
    expect(await handler(event)).toEqual(answer(503));
    expect(recorded.sent).toEqual([]);
    expect(recorded.logged()).toMatchObject([{ level: 'ERROR', outcome: 'misconfigured' }]);
  });

  it('answers 503 when the queue is not linked', async () => {
    const unlinked = createSquareWebhook({
      keys: () => [key],
      notificationUrl: () => notificationUrl,
      send: () => Promise.reject(new ConfigurationError('Ingest', 'a linked queue')),
    });
    expect(await unlinked(request(asText(payment), signed(payment)))).toEqual(answer(503));
    expect(recorded.logged()).toMatchObject([{ outcome: 'misconfigured', missing: 'Ingest' }]);
  });

  it('names what a deployed function is missing', async () => {
    vi.stubEnv('SQUARE_NOTIFICATION_URL', notificationUrl);
    expect(await deployedSquare(request(asText(payment), signed(payment)))).toEqual(answer(503));
    expect(await deployedClover(request(asText(orders), { 'x-clover-auth': code }))).toEqual(answer(503));
    expect(await deployedXero(request(asText(xeroContact), xeroSigned(xeroContact)))).toEqual(answer(503));
    const missing = ['SquareSignatureKeys', 'CloverAuthCodes', 'XeroWebhookKeys'];
    expect(recorded.logged()).toMatchObject(missing.map((name) => ({ level: 'ERROR', missing: name })));
  });

  it('does not hide a fault of its own behind a 401', async () => {
    const faulty = createCloverWebhook({
      codes: () => {
        throw new RangeError('a bug');
      },
      send,
    });
    await expect(faulty(request(asText(orders)))).rejects.toThrow(RangeError);
  });

  it('logs one line per request, without a secret, a signature, an address or a word of the body', async () => {
    const personal = Buffer.from('{"buyer_email_address":"ann@example.com","card":"4111111111111111"}');
    const events = [
      request(asText(personal), signed(personal)),
      request(asText(personal), signed(payment)),
      request(asText(personal)),
      request(asText(personal), { ...signed(personal), 'x-clover-auth': code }),
      request(asText(personal), xeroSigned(personal)),
      request(asText(verification)),
      request(asText(personal), signed(personal), 'GET'),
      request(asBase64(Buffer.alloc(maxBodyBytes + 1)), signed(personal)),
    ];
    for (const event of events) {
      await square(event);
      await clover(event);
      await xero(event);
    }
    expect(recorded.lines.length).toBe(3 * events.length);
    const fields = new Set(recorded.logged().flatMap((line) => Object.keys(line)));
    expect([...fields].sort()).toEqual([
      'bytes',
      'event',
      'keyId',
      'level',
      'outcome',
      'provider',
      'requestId',
      'timestamp',
    ]);
    for (const secret of [
      key,
      formerKey,
      code,
      xeroKey,
      sign(personal),
      ...Object.values(xeroSigned(personal)),
      'ann@example.com',
      '4111',
      '203.0.113',
      '5220ecf5',
      'in-the-query',
    ]) {
      expect(recorded.lines.join()).not.toContain(secret);
    }
  });
});
