import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createGuardedCall, type GuardOptions } from './guarded-fetch.ts';
import { answer, serve } from './loopback.fixture.ts';
import type { ProviderError } from './provider-error.ts';

const schema = z.object({ id: z.string() });
const rows = JSON.stringify({ id: 'a', rows: Array.from({ length: 2000 }, () => 'the same row again') });
const authorization = 'Bearer canary-token';
const callOf = (options: GuardOptions = {}) => createGuardedCall({ allowLoopback: true, ...options });
const failure = async (asked: Promise<unknown>) => {
  const error = await asked.then(
    () => expect.fail('it answered'),
    (thrown: unknown) => thrown as ProviderError,
  );
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
  return error;
};

describe('a guarded call', () => {
  it.each([
    ['GET', {}, undefined, ''],
    ['POST', { json: { n: 1, text: 'a&b=ü' } }, 'application/json', '{"n":1,"text":"a&b=ü"}'],
    ['POST', { form: { grant_type: 'x y', n: '1&2' } }, 'application/x-www-form-urlencoded', 'grant_type=x+y&n=1%262'],
    ['POST', {}, undefined, ''],
    ['DELETE', {}, undefined, ''],
  ] as const)('sends %s with %j', async (method, body, type, sent) => {
    const seen: unknown[] = [];
    const url = await serve(async (request, response) => {
      let received = '';
      for await (const chunk of request.setEncoding('utf8')) received += chunk;
      seen.push(request.method, request.headers['content-type'], received);
      seen.push(request.headers.authorization);
      response.end('{"id":"a"}');
    });
    await callOf()(new URL(url), { method, headers: { authorization }, schema, ...body });
    expect(seen).toEqual([method, type, sent, authorization]);
  });

  it('answers with status, headers, the very bytes, and what the schema keeps', async () => {
    const url = await serve(answer(201, ' {"id":"a", "id":"b"}\n', { 'x-minlimit-remaining': '59' }));
    const { status, headers, raw, body } = await callOf()(new URL(url), { schema });
    expect([status, headers.get('X-MinLimit-Remaining'), body]).toEqual([201, '59', { id: 'b' }]);
    expect(raw.toString('utf8')).toBe(' {"id":"a", "id":"b"}\n');
  });

  it.each([
    ['204', 204, {}, 'GET'],
    ['304 to a condition', 304, { 'if-modified-since': 'Fri, 20 Nov 2026 12:00:00 GMT' }, 'GET'],
    ['304 to a tag', 304, { 'if-none-match': '"1"' }, 'GET'],
    ['nothing to a POST', 200, {}, 'POST'],
    ['nothing to a DELETE', 200, {}, 'DELETE'],
  ] as const)('takes %s for an answer without a body', async (_name, status, headers, method) => {
    const url = new URL(await serve(answer(status, '')));
    const got = await callOf()(url, { method, headers, schema: schema.optional() });
    expect(got).toMatchObject({ status, body: undefined, receivedBytes: 0 });
    expect(await failure(callOf()(url, { method, headers, schema }))).toMatchObject({ kind: 'invalid_response' });
  });

  it.each([
    ['nothing to a GET: rows may be missing', 200],
    ['304 to no condition', 304],
  ])('does not take %s', async (_name, status) => {
    const url = new URL(await serve(answer(status, '')));
    const error = await failure(callOf()(url, { schema: schema.optional() }));
    expect(error).toMatchObject({ kind: 'invalid_response' });
  });
});

describe('what was received', () => {
  const packed = gzipSync(rows);

  it.each([
    ['plain', answer(200, rows), rows.length],
    ['packed', answer(200, packed, { 'content-encoding': 'gzip' }), packed.length],
    [
      'packed, of a length told beforehand',
      answer(200, packed, { 'content-encoding': 'gzip', 'content-length': String(packed.length) }),
      packed.length,
    ],
  ])('is counted as it travelled: %s', async (_name, listener, expected) => {
    const { receivedBytes, raw } = await callOf()(new URL(await serve(listener)), { schema });
    expect([receivedBytes, raw.toString('utf8')]).toEqual([expected, rows]);
  });

  it('is counted apart for calls at the same time', async () => {
    const url = await serve((request, response) => {
      const body = gzipSync(JSON.stringify({ id: 'x'.repeat(Number(request.url?.slice(1))) }), { level: 0 });
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(body.subarray(0, 9), () => setImmediate(() => response.end(body.subarray(9))));
    });
    const call = callOf();
    const sizes = Array.from({ length: 40 }, (_, index) => index * 37);
    const counted = await Promise.all(sizes.map((size) => call(new URL(`${url}/${size}`), { schema })));
    const empty = gzipSync(JSON.stringify({ id: '' }), { level: 0 }).length;
    expect(counted.map(({ receivedBytes }) => receivedBytes)).toEqual(sizes.map((size) => empty + size));
  });

  it('without a network is what the answer says of itself', async () => {
    const told = callOf({ fetch: async () => new Response(rows, { headers: { 'content-length': '123' } }) });
    expect(await told(new URL('https://api.xero.com/'), { schema })).toMatchObject({ receivedBytes: 123 });
    const silent = callOf({ fetch: async () => new Response(rows) });
    expect(await silent(new URL('https://api.xero.com/'), { schema })).toMatchObject({ receivedBytes: rows.length });
  });
});

describe('a refusal', () => {
  it('carries the headers that say what may still be asked, and no others', async () => {
    const headers = {
      'Retry-After': '37',
      'X-Rate-Limit-Problem': 'minute',
      'X-DayLimit-Remaining': '4312',
      'X-RateLimit-tokenLimit': '16',
      'X-MinLimit-Remaining': `canary <${'x'.repeat(100)}>`,
      'Set-Cookie': 'canary=1',
      'X-Other': 'canary',
    };
    const error = await failure(callOf()(new URL(await serve(answer(429, 'canary', headers))), { schema }));
    expect(error).toMatchObject({ kind: 'rate_limited', retryAfterMs: 37_000 });
    expect(error.headers).toEqual({
      'retry-after': '37',
      'x-rate-limit-problem': 'minute',
      'x-daylimit-remaining': '4312',
      'x-ratelimit-tokenlimit': '16',
    });
  });

  it.each([
    ['{"error":"invalid_grant","error_description":"canary"}', 'invalid_grant'],
    ['{"error":"invalid_client"}', 'invalid_client'],
    ['{"error":"canary-token"}', null],
    ['{"error":["invalid_grant"]}', null],
    ['{"errors":[{"code":"UNAUTHORIZED","detail":"canary"}]}', null],
    ['"invalid_grant"', null],
    ['null', null],
    ['<html>canary</html>', null],
    ['', null],
    [`{"error":"invalid_grant","pad":"${'x'.repeat(20_000)}"}`, null],
  ])('of OAuth says why if it is one of the known words (%#)', async (body, oauthError) => {
    const url = new URL(await serve(answer(400, body)));
    const error = await failure(callOf()(url, { method: 'POST', json: {}, schema, oauth: true }));
    expect(error).toMatchObject({ status: 400, oauthError });
  });

  it('of anything else is not read', async () => {
    const url = new URL(await serve(answer(400, '{"error":"invalid_grant"}')));
    expect(await failure(callOf()(url, { schema }))).toMatchObject({ status: 400, oauthError: null });
  });

  it.each([
    ['stalls', (destroy: () => void) => void destroy],
    ['breaks off', (destroy: () => void) => destroy()],
  ])('that %s is none', async (_name, end) => {
    const url = await serve((_request, response) => {
      response.writeHead(401, { 'content-length': '100' });
      response.write('{"error":', () => end(() => response.destroy()));
    });
    const error = await failure(callOf({ timeoutMs: 80 })(new URL(url), { schema, oauth: true }));
    expect(error).toMatchObject({ kind: 'unavailable', status: null });
  });
});

describe('a call that changes something', () => {
  it('is sent once, also when its connection was open already and breaks', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.url === '/first') response.end('{"id":"a"}');
      else request.socket.resetAndDestroy();
    });
    const call = callOf();
    await call(new URL(`${url}/first`), { schema });
    for (const path of ['/token', '/token']) {
      const error = await failure(call(new URL(url + path), { method: 'POST', json: { code: 'canary' }, schema }));
      expect(error).toMatchObject({ kind: 'unavailable', status: null });
    }
    expect(seen).toEqual(['GET /first', 'POST /token', 'POST /token']);
  });

  it('is sent once, whatever is answered', async () => {
    const statuses = [307, 308, 400, 401, 408, 425, 429, 500, 503];
    let asked = 0;
    const url = await serve((_request, response) => {
      response.writeHead(statuses[asked] ?? 200, { 'retry-after': '0', location: '/elsewhere' }).end('{"id":"a"}');
      asked += 1;
    });
    for (const status of statuses) {
      const error = await failure(callOf()(new URL(url), { method: 'POST', form: { code: 'canary' }, schema }));
      expect(error.status).toBe(status);
    }
    expect(asked).toBe(statuses.length);
  });
});
