import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, refusal, startClient } from '../test/client.ts';
import { toLambda } from './lambda.ts';

let client: Client;

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.server.stop());

const json = { 'content-type': 'application/json' };
const credit = async (keys: readonly string[], { body = '{"points":5}', caller = client.bearer() as object } = {}) => {
  const headers = new Headers({ ...caller, ...json });
  for (const key of keys) headers.append('idempotency-key', key);
  return client.app.request('/v1/wallets/wal_001/credits', { method: 'POST', body, headers });
};
const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).filter((one) => one !== ',');

describe('the Idempotency-Key of a route that asks for one', () => {
  it.each([
    ['one character', 'a'],
    ['a UUID', '0199a6d2-5c1e-7c3a-9a53-6f1f0a3b2c1d'],
    ['quoted, as the draft standard writes it', '"0199a6d2"'],
    ['every visible ASCII character but the comma', visible.join('')],
    ['255 characters', 'k'.repeat(255)],
  ])('reaches the handler as it was sent: %s', async (_form, key) => {
    const response = await credit([key]);
    expect([response.status, await response.json()]).toEqual([200, { points: 5, key }]);
  });

  it('is required: without one the request is refused, whatever its body', async () => {
    expect(await refusal(await credit([]))).toMatchObject({ status: 400, code: 'idempotency_key_required' });
    expect(await refusal(await credit([], { body: '{' }))).toMatchObject({ code: 'idempotency_key_required' });
  });

  it('is asked of nobody who may not call the route', async () => {
    expect(await refusal(await credit([], { caller: {} }))).toMatchObject({ code: 'unauthenticated' });
    const operator = client.bearer({ role: 'operator' });
    expect(await refusal(await credit(['a b'], { caller: operator }))).toMatchObject({ code: 'forbidden' });
  });

  it.each([
    ['empty', ['']],
    ['with a space', ['canary canary']],
    ['with a tab', ['canary\tcanary']],
    ['beyond ASCII', ['canary-é']],
    ['of 256 characters', ['canary'.padEnd(256, 'y')]],
    ['sent twice', ['canary-1', 'canary-2']],
    ['sent twice the same', ['canary', 'canary']],
    ['sent twice and joined by a gateway', ['canary-1,canary-2']],
  ])('is refused and not quoted when it is %s', async (_form, keys) => {
    const problem = await refusal(await credit(keys));
    expect(problem).toMatchObject({ status: 400, code: 'bad_request' });
    expect(JSON.stringify(problem)).not.toContain('canary');
  });

  it('is taken or refused by the same rule whatever its text, through Lambda too', async () => {
    const handler = toLambda(client.app);
    const caller = client.bearer();
    const character = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...visible) }, fc.constantFrom(' ', ',', '\t'));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: character, maxLength: 300 }), async (key) => {
        const answer = await handler({
          rawPath: '/v1/wallets/wal_001/credits',
          headers: { ...caller, ...json, 'idempotency-key': key },
          body: '{"points":5}',
          requestContext: { http: { method: 'POST' } },
        });
        // White space around a field's value is no part of it (RFC 9110 §5.5).
        const sent = key.replace(/^[ \t]+|[ \t]+$/g, '');
        const fits = sent !== '' && sent.length <= 255 && [...sent].every((one) => visible.includes(one));
        expect(answer.statusCode).toBe(fits ? 200 : 400);
        expect(JSON.parse(answer.body)).toMatchObject(fits ? { key: sent } : { code: 'bad_request' });
      }),
      { numRuns: 500 },
    );
  });
});

it('a route that asks for no Idempotency-Key does not look at one', async () => {
  for (const key of ['key-1', 'no, key']) {
    const response = await client.post('{"name":"Ada"}', { 'idempotency-key': key });
    expect([response.status, await response.json()]).toMatchObject([201, { key: null }]);
  }
});
