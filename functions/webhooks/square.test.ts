import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { keyIdOf } from '@tributary/providers/signature/key-id';
import { ingestMessage } from '@tributary/queue/message';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answer,
  asBase64,
  asText,
  code,
  formerKey,
  key,
  notificationUrl,
  now,
  payment,
  record,
  request,
  sign,
  signed,
  verification,
} from '../runtime/webhook.fixture.ts';
import { maxBodyBytes, type Send } from '../runtime/webhook.ts';
import { createSquareWebhook } from './square.ts';

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

describe('a signed Square webhook', () => {
  const headers = { ...signed(payment), 'square-retry-number': '1', authorization: 'Bearer x', cookie: 'a=b' };

  it.each([
    ['text', asText(payment)],
    ['base64', asBase64(payment)],
  ])(
    'is sent on with its exact bytes and answered 200 when it comes as %s (S1-048, S1-050, S1-051)',
    async (_, body) => {
      expect(await square(request(body, headers))).toEqual(answer(200));
      expect(recorded.sent).toEqual([
        {
          kind: 'delivery',
          v: 1,
          provider: 'square',
          handshake: false,
          receivedAt: '2026-11-21T01:02:03.004Z',
          url: notificationUrl,
          headers: { 'content-type': 'application/json', ...signed(payment), 'square-retry-number': '1' },
          keyId: keyIdOf(key),
          sha256: createHash('sha256').update(payment).digest('hex'),
          body: payment.toString('base64'),
        },
      ]);
      expect(ingestMessage.parse(recorded.sent[0])).toEqual(recorded.sent[0]);
      expect(recorded.logged()).toMatchObject([
        {
          level: 'INFO',
          event: 'webhook',
          provider: 'square',
          requestId: 'req-1',
          outcome: 'accepted',
          keyId: keyIdOf(key),
        },
      ]);
      expect(recorded.logged()[0].bytes).toBe(payment.byteLength);
    },
  );

  it('carries any bytes unharmed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        recorded.sent.length = 0;
        expect(await square(request(asBase64(bytes), signed(bytes)))).toEqual(answer(200));
        expect([...Buffer.from(recorded.sent[0]?.body ?? '', 'base64')]).toEqual([...bytes]);
      }),
    );
  });

  it('is accepted under the former key while that is live, and says so', async () => {
    expect(await square(request(asText(payment), signed(payment, formerKey)))).toEqual(answer(200));
    expect(recorded.sent).toMatchObject([{ keyId: keyIdOf(formerKey) }]);
  });

  it('is accepted in whatever case its headers come', async () => {
    const event = request(asText(payment), { 'X-Square-HmacSha256-Signature': sign(payment) });
    expect(await square(event)).toEqual(answer(200));
  });

  it('is accepted compressed when the compressed bytes were signed', async () => {
    const zipped = gzipSync(payment);
    const event = request(asBase64(zipped), { ...signed(zipped), 'content-encoding': 'gzip' });
    expect(await square(event)).toEqual(answer(200));
    expect(recorded.sent).toMatchObject([{ headers: { 'content-encoding': 'gzip' }, body: zipped.toString('base64') }]);
  });

  it('is accepted at 256 KiB and refused a byte above, before it is verified', async () => {
    const largest = Buffer.alloc(maxBodyBytes, 0x61);
    const larger = Buffer.alloc(maxBodyBytes + 1, 0x61);
    for (const form of [asText, asBase64]) {
      expect(await square(request(form(largest), signed(largest)))).toEqual(answer(200));
      expect(await square(request(form(larger), signed(larger)))).toEqual(answer(413));
    }
    expect(recorded.sent.length).toBe(2);
    expect(JSON.stringify(ingestMessage.parse(recorded.sent[0])).length).toBeLessThan(1_048_576);
  });

  it('counts bytes and not characters', async () => {
    const body = Buffer.from('é'.repeat(maxBodyBytes / 2 + 1));
    expect(await square(request(asText(body), signed(body)))).toEqual(answer(413));
  });
});

describe('a Square webhook that does not prove its sender', () => {
  const replaced = Buffer.from('{"name":"\ufffd"}');
  const forged = Buffer.from(replaced.toString('latin1').replace('\xef\xbf\xbd', '\xff'), 'latin1');
  const requestUrl = 'https://api.internal.example.com/webhooks/provider';

  it.each([
    ['has no signature', request(asText(payment))],
    ['has an empty signature', request(asText(payment), { 'x-square-hmacsha256-signature': '' })],
    ['has another body', request(asText(Buffer.from('{}')), signed(payment))],
    ['has no body', request({ isBase64Encoded: false }, signed(payment))],
    ['has 0xFF where U+FFFD was signed', request(asBase64(forged), signed(replaced))],
    ['was compressed on the way', request(asBase64(gzipSync(payment)), signed(payment))],
    ['is signed with a key that was removed', request(asText(payment), signed(payment, 'square-signature-key-9'))],
    ['is signed with the empty key', request(asText(payment), signed(payment, ''))],
    [
      'is signed over the URL of the request',
      request(asText(payment), { 'x-square-hmacsha256-signature': sign(payment, key, requestUrl) }),
    ],
    [
      'has its signature twice',
      request(asText(payment), { 'x-square-hmacsha256-signature': `${sign(payment)},${sign(payment)}` }),
    ],
    [
      'has its signature in two cases',
      request(asText(payment), { ...signed(payment), 'X-Square-HmacSha256-Signature': 'x' }),
    ],
    ['has Clover’s proof', request(asText(payment), { 'x-clover-auth': code })],
    ['is a Clover handshake', request(asText(verification))],
  ])('is answered 401 and not sent on when it %s', async (_, event) => {
    expect(await square(event)).toEqual(answer(401));
    expect(recorded.sent).toEqual([]);
  });

  it('is the forgery that a check of decoded text would let through', () => {
    expect(forged.toString('utf8')).toBe(replaced.toString('utf8'));
  });
});
