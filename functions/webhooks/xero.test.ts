import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { keyIdOf } from '@tributary/providers/signature/key-id';
import { ingestMessage } from '@tributary/queue/message';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answer,
  asBase64,
  asText,
  code,
  now,
  record,
  request,
  signed,
  verification,
  xeroContact,
  xeroKey,
  xeroSigned,
} from '../runtime/webhook.fixture.ts';
import { maxBodyBytes, type Send } from '../runtime/webhook.ts';
import { createXeroWebhook } from './xero.ts';

let recorded: ReturnType<typeof record>;
beforeEach(() => {
  recorded = record();
});
afterEach(() => vi.restoreAllMocks());
const send: Send = (message) => recorded.send(message);
const xero = createXeroWebhook({ keys: () => [xeroKey, 'former-key'], send, now });

interface Vector {
  name: string;
  webhookKey: string;
  body: string;
  signature: string;
  expectStatus: 200 | 401;
}
const file = new URL(
  '../../packages/providers/test/payloads/xero/webhook.signature.vectors.computed.json',
  import.meta.url,
);
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8'));

describe('an intent to receive', () => {
  const intents = vectors.filter(({ name }) => name.includes('intent-to-receive'));

  it('comes both rightly and wrongly signed', () => {
    expect(intents.map(({ expectStatus }) => expectStatus)).toEqual([200, 401]);
  });

  it.each(vectors)('and every vector is answered as due: $name, $expectStatus', async (vector) => {
    const webhook = createXeroWebhook({ keys: () => [vector.webhookKey], send, now });
    for (const form of [asText, asBase64]) {
      const headers = { 'X-Xero-Signature': vector.signature };
      expect(await webhook(request(form(Buffer.from(vector.body)), headers))).toEqual(answer(vector.expectStatus));
    }
    expect(recorded.sent.length).toBe(vector.expectStatus === 200 ? 2 : 0);
  });

  it('is answered without a body, a cookie or any header that could hold one', async () => {
    for (const { webhookKey, body, signature, expectStatus } of intents) {
      const webhook = createXeroWebhook({ keys: () => [webhookKey], send, now });
      const event = request(asText(Buffer.from(body)), { 'x-xero-signature': signature, cookie: 'a=b' });
      const given = await webhook({ ...event, cookies: ['a=b'] });
      expect(given).toEqual({ statusCode: expectStatus, headers: { 'content-type': 'text/plain' }, body: '' });
    }
  });
});

describe('a signed Xero webhook', () => {
  it('is sent on with its exact bytes', async () => {
    expect(await xero(request(asText(xeroContact), xeroSigned(xeroContact)))).toEqual(answer(200));
    expect(recorded.sent).toEqual([
      {
        kind: 'delivery',
        v: 1,
        provider: 'xero',
        handshake: false,
        receivedAt: '2026-11-21T01:02:03.004Z',
        url: 'https://api.internal.example.com/webhooks/provider',
        headers: { 'content-type': 'application/json', ...xeroSigned(xeroContact) },
        keyId: keyIdOf(xeroKey),
        sha256: createHash('sha256').update(xeroContact).digest('hex'),
        body: xeroContact.toString('base64'),
      },
    ]);
    expect(ingestMessage.parse(recorded.sent[0])).toEqual(recorded.sent[0]);
  });

  it('is accepted under the former key while that is live, and says so', async () => {
    expect(await xero(request(asText(xeroContact), xeroSigned(xeroContact, 'former-key')))).toEqual(answer(200));
    expect(recorded.sent).toMatchObject([{ keyId: keyIdOf('former-key') }]);
    expect(recorded.logged()).toMatchObject([{ outcome: 'accepted', keyId: keyIdOf('former-key') }]);
  });

  it('is accepted at 256 KiB and refused a byte above, before it is verified', async () => {
    const [largest, larger] = [maxBodyBytes, maxBodyBytes + 1].map((size) => Buffer.alloc(size, 0x61)) as [
      Buffer,
      Buffer,
    ];
    expect(await xero(request(asText(largest), xeroSigned(largest)))).toEqual(answer(200));
    expect(await xero(request(asText(larger), xeroSigned(larger)))).toEqual(answer(413));
    expect(recorded.sent.length).toBe(1);
  });
});

describe('a Xero webhook that does not prove its sender', () => {
  const replaced = Buffer.from('{"name":"\ufffd"}');
  const forged = Buffer.from(replaced.toString('latin1').replace('\xef\xbf\xbd', '\xff'), 'latin1');

  it.each([
    ['has no signature', request(asText(xeroContact))],
    ['has an empty signature', request(asText(xeroContact), { 'x-xero-signature': '' })],
    ['has another body', request(asText(Buffer.from('{}')), xeroSigned(xeroContact))],
    ['has no body', request({ isBase64Encoded: false }, xeroSigned(xeroContact))],
    ['has 0xFF where U+FFFD was signed', request(asBase64(forged), xeroSigned(replaced))],
    ['was compressed on the way', request(asBase64(gzipSync(xeroContact)), xeroSigned(xeroContact))],
    ['is signed with a key that was removed', request(asText(xeroContact), xeroSigned(xeroContact, 'removed'))],
    ['is signed with the empty key', request(asText(xeroContact), xeroSigned(xeroContact, ''))],
    ['is signed as Square does', request(asText(xeroContact), signed(xeroContact, xeroKey))],
    ['has its signature twice', request(asText(xeroContact), { ...xeroSigned(xeroContact), 'X-Xero-Signature': 'x' })],
    ['has Clover’s proof', request(asText(xeroContact), { 'x-clover-auth': code })],
    ['is a Clover handshake', request(asText(verification))],
  ])('is answered 401 and not sent on when it %s', async (_, event) => {
    expect(await xero(event)).toEqual(answer(401));
    expect(recorded.sent).toEqual([]);
  });
});
