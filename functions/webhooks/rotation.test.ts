import { createHmac, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { keyIdOf } from '@tributary/providers/signature/key-id';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { asBase64, asText, record, request } from '../runtime/webhook.fixture.ts';
import type { Send, WebhookHandler } from '../runtime/webhook.ts';
import { keysLiveAt } from '../runtime/webhook-keys.ts';
import { createCloverWebhook } from './clover.ts';
import { createSquareWebhook } from './square.ts';
import { createXeroWebhook } from './xero.ts';

const payloads = new URL('../../packages/providers/test/payloads/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, payloads), 'utf8');
const [squareVector] = JSON.parse(read('square/webhook.signature.vectors.json'));
const xeroVector = JSON.parse(read('xero/webhook.signature.vectors.computed.json'))[2];
const hmac = (key: string, ...parts: (string | Buffer)[]) => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest('base64');
};

interface Deployment {
  keys: (at: Date) => readonly string[];
  now: () => Date;
  send: Send;
}
interface Sender {
  formerKey: string;
  newerKey: string;
  /** A delivery of the provider's own, made another one by its index. */
  body: string;
  create: (deployment: Deployment) => WebhookHandler;
  headers: (key: string, body: Buffer) => Record<string, string>;
}

const senders: Readonly<Record<string, Sender>> = {
  Square: {
    formerKey: squareVector.signatureKey,
    newerKey: 'Jcyy_6BZlbP-4rfOWS72Ex',
    body: squareVector.body,
    create: (deployment) => createSquareWebhook({ ...deployment, notificationUrl: () => squareVector.notificationUrl }),
    headers: (key, body) => ({ 'x-square-hmacsha256-signature': hmac(key, squareVector.notificationUrl, body) }),
  },
  Clover: {
    formerKey: JSON.parse(read('clover/webhook.headers.json'))['X-Clover-Auth'],
    newerKey: '5220ecf5-7dea-4396-b0ba-a1659c182887',
    body: read('clover/webhook.orders.json'),
    create: ({ keys, ...deployment }) => createCloverWebhook({ ...deployment, codes: keys }),
    headers: (key) => ({ 'x-clover-auth': key }),
  },
  Xero: {
    formerKey: xeroVector.webhookKey,
    newerKey: 'xero-test-webhook-key-renewed==',
    body: xeroVector.body,
    create: createXeroWebhook,
    headers: (key, body) => ({ 'x-xero-signature': hmac(key, body) }),
  },
};

const hour = 3_600_000;
const start = Date.parse('2026-11-21T00:00:00Z');
const deployedAt = start + 2 * hour;
const switchedAt = start + 3 * hour;
const endsAt = start + 27 * hour;
const deliveries = 3000;
const atOnce = 50;

afterEach(() => vi.restoreAllMocks());

describe.each(Object.entries(senders))('a rotation of the key of %s under load', (_, sender) => {
  const { formerKey, newerKey } = sender;
  const end = new Date(endsAt).toISOString();
  const secretAt = (at: number) => JSON.stringify(at < deployedAt ? [formerKey] : [newerKey, `${formerKey}@${end}`]);
  /** The provider signs with the new key once it was switched, and repeats with the old one what it signed before. */
  const signerAt = (at: number, index: number) => (at < switchedAt || index % 3 === 0 ? formerKey : newerKey);

  it('loses no delivery of either sender in the window, and refuses the old key after it', async () => {
    const recorded = record();
    let clock = start;
    const webhook = sender.create({
      keys: (at) => keysLiveAt(secretAt(clock), at) ?? [],
      now: () => new Date(clock),
      send: async (message) => {
        await new Promise(setImmediate);
        await recorded.send(message);
      },
    });
    const due = new Map<string, string>();
    const given = { inWindow: [] as unknown[], newer: [] as unknown[], former: [] as unknown[] };
    for (let first = 0; first < deliveries; first += atOnce) {
      clock = start + (first / deliveries) * 40 * hour;
      const answering = Array.from({ length: atOnce }, async (_, offset) => {
        const index = first + offset;
        const key = signerAt(clock, index);
        const outcome = clock < endsAt ? 'inWindow' : key === newerKey ? 'newer' : 'former';
        const body = Buffer.from(`${sender.body}${' '.repeat(index)}`);
        if (outcome !== 'former') due.set(hash('sha256', body), keyIdOf(key));
        const form = index % 2 === 0 ? asText : asBase64;
        const { statusCode } = await webhook(request(form(body), sender.headers(key, body)));
        given[outcome].push(statusCode);
      });
      await Promise.all(answering);
    }
    expect(new Set(given.inWindow)).toEqual(new Set([200]));
    expect(new Set(given.newer)).toEqual(new Set([200]));
    expect(new Set(given.former)).toEqual(new Set([401]));
    expect(new Map(recorded.sent.map(({ sha256, keyId }) => [sha256, keyId]))).toEqual(due);
    expect(recorded.sent.length).toBe(due.size);
    expect(given.inWindow.length + given.newer.length + given.former.length).toBe(deliveries);
  });

  it('ends at its time with nothing deployed, to the millisecond', async () => {
    record();
    const body = Buffer.from(sender.body);
    const answerAt = async (at: number, key: string) => {
      const keys = (time: Date) => keysLiveAt(secretAt(deployedAt), time) ?? [];
      const webhook = sender.create({ keys, now: () => new Date(at), send: async () => {} });
      return (await webhook(request(asText(body), sender.headers(key, body)))).statusCode;
    };
    expect(await answerAt(endsAt - 1, formerKey)).toBe(200);
    expect(await answerAt(endsAt, formerKey)).toBe(401);
    expect(await answerAt(endsAt, newerKey)).toBe(200);
  });
});
