import { keyIdOf } from '@tributary/providers/signature/key-id';
import { ingestMessage } from '@tributary/queue/message';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answer,
  asText,
  code,
  now,
  orders,
  record,
  request,
  signed,
  verification,
} from '../runtime/webhook.fixture.ts';
import type { Send } from '../runtime/webhook.ts';
import { createCloverWebhook } from './clover.ts';

let recorded: ReturnType<typeof record>;
beforeEach(() => {
  recorded = record();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
const send: Send = (message) => recorded.send(message);
const clover = createCloverWebhook({ codes: () => [code], send, now });

describe('a Clover webhook', () => {
  it('is sent on without the header that is the secret', async () => {
    expect(await clover(request(asText(orders), { 'X-Clover-Auth': code }))).toEqual(answer(200));
    expect(recorded.sent).toMatchObject([
      { provider: 'clover', handshake: false, keyId: keyIdOf(code), body: orders.toString('base64') },
    ]);
    expect(recorded.sent[0]).toMatchObject({ url: 'https://api.internal.example.com/webhooks/provider' });
    expect(JSON.stringify(recorded.sent)).not.toContain(code);
    expect(ingestMessage.parse(recorded.sent[0])).toEqual(recorded.sent[0]);
  });

  it('may be the handshake, which no code exists for yet', async () => {
    const beforeSetUp = createCloverWebhook({ codes: () => [], send, now });
    for (const handler of [beforeSetUp, clover]) {
      expect(await handler(request(asText(verification)))).toEqual(answer(200));
    }
    expect(recorded.sent).toMatchObject([
      { handshake: true, keyId: null },
      { handshake: true, keyId: null },
    ]);
    expect(recorded.logged()).toMatchObject([{ outcome: 'handshake' }, { outcome: 'handshake' }]);
  });

  it.each([
    ['no code', {}],
    ['an empty code', { 'x-clover-auth': '' }],
    ['a wrong code', { 'x-clover-auth': code.replace('0', '1') }],
    ['the code twice', { 'x-clover-auth': code, 'X-Clover-Auth': code }],
    ['a Square signature', signed(orders)],
  ])('is answered 401 and not sent on when it has %s', async (_, headers) => {
    expect(await clover(request(asText(orders), headers))).toEqual(answer(401));
    expect(recorded.sent).toEqual([]);
  });
});
