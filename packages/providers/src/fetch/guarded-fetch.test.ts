import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createGuardedFetch, type GuardOptions } from './guarded-fetch.ts';
import { answer, serve as serveLoopback } from './loopback.fixture.ts';
import type { ProviderError } from './provider-error.ts';

const serve = async (listener: RequestListener) =>
  new URL('/v3/things?expand=canary-query', await serveLoopback(listener));

const schema = z.object({ id: z.string(), amount: z.int() });
const headers = { authorization: 'Bearer canary-token' };
const get = (url: URL, options: GuardOptions = {}) =>
  createGuardedFetch({ allowLoopback: true, ...options })(url, { headers, schema });
const failure = async (url: URL, options: GuardOptions = {}) => {
  const error = await get(url, options).then(
    () => expect.fail('it answered'),
    (thrown: unknown) => thrown as ProviderError,
  );
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
  return error;
};

describe('a guarded fetch', () => {
  it('sends the headers and returns what the schema keeps', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers.authorization, request.headers.accept);
      response.end('{"id":"a","amount":5,"more":true}');
    });
    expect(await get(url)).toEqual({ id: 'a', amount: 5 });
    expect(seen).toEqual(['GET', '/v3/things?expand=canary-query', 'Bearer canary-token', 'application/json']);
  });

  it('reads a compressed answer', async () => {
    const url = await serve(answer(200, gzipSync('{"id":"a","amount":5}'), { 'content-encoding': 'gzip' }));
    expect(await get(url)).toEqual({ id: 'a', amount: 5 });
  });

  it.each([
    [401, 'unauthorized'],
    [404, 'not_found'],
    [500, 'unavailable'],
    [400, 'invalid_response'],
  ])('calls %d %s', async (status, kind) => {
    const url = await serve(answer(status, '{"message":"canary-body"}'));
    expect(await failure(url)).toMatchObject({ name: 'ProviderError', kind, status, retryAfterMs: null });
  });

  it('says how long a rate limit lasts', async () => {
    const clock = () => new Date('2026-11-20T12:00:00Z');
    const inSeconds = await serve(answer(429, '', { 'retry-after': '3' }));
    expect(await failure(inSeconds)).toMatchObject({ kind: 'rate_limited', retryAfterMs: 3000 });
    const asDate = await serve(answer(429, '', { 'retry-after': 'Fri, 20 Nov 2026 12:01:00 GMT' }));
    expect(await failure(asDate, { clock })).toMatchObject({ kind: 'rate_limited', retryAfterMs: 60_000 });
  });

  it('follows no redirect', async () => {
    let reached = 0;
    const target = await serve((_request, response) => {
      reached += 1;
      response.end('{"id":"a","amount":5}');
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await serve(answer(status, '', { location: target.href }));
      expect(await failure(url)).toMatchObject({ kind: 'invalid_response', status });
    }
    expect(reached).toBe(0);
  });
});

describe('an answer that cannot be used', () => {
  it.each([
    ['HTML with 200', '<html>canary</html>'],
    ['half a document', '{"id":"canary","amo'],
    ['nothing', ''],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['another shape', '{"id":7,"amount":"canary"}'],
    ['an amount beyond exact numbers', '{"id":"a","amount":9007199254740993}'],
    ['U+0000, which the database refuses', '{"id":"a\\u0000","amount":5}'],
    ['10,000 levels', '['.repeat(10_000)],
  ])('%s is invalid', async (_name, body) => {
    expect(await failure(await serve(answer(200, body)))).toMatchObject({ kind: 'invalid_response' });
  });

  it('is given up at the size limit, whatever its headers say', async () => {
    let sentBytes = 0;
    const endless = await serve((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1024))) sentBytes += 1024;
      };
      response.on('drain', more);
      more();
    });
    expect(await failure(endless, { maxResponseBytes: 4096 })).toMatchObject({ kind: 'invalid_response' });
    expect(sentBytes).toBeLessThan(50 * 1024 * 1024);

    const bomb = await serve(answer(200, gzipSync(Buffer.alloc(1024 * 1024)), { 'content-encoding': 'gzip' }));
    const error = await failure(bomb, { maxResponseBytes: 4096 });
    expect(error).toMatchObject({ kind: 'invalid_response' });
    expect(error.message).toContain('more than 4096 bytes');
  });

  it('of exactly the limit is read', async () => {
    const body = '{"id":"a","amount":5}';
    const url = await serve(answer(200, body));
    expect(await get(url, { maxResponseBytes: body.length })).toEqual({ id: 'a', amount: 5 });
    expect(await failure(url, { maxResponseBytes: body.length - 1 })).toMatchObject({ kind: 'invalid_response' });
  });
});

describe('no answer', () => {
  it.each<[string, RequestListener]>([
    ['nothing at all', () => undefined],
    ['headers and no body', (_request, response) => response.flushHeaders()],
    ['half a body, then nothing', (_request, response) => response.write('{"id":')],
  ])('in time: %s', async (_name, listener) => {
    const error = await failure(await serve(listener), { timeoutMs: 60 });
    expect(error).toMatchObject({ kind: 'unavailable', status: null });
    expect(error.message).toContain('no answer within 60 ms');
  });

  it('because the connection is refused', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await new Promise((done) => server.close(done));
    const error = await failure(url);
    expect(error).toMatchObject({ kind: 'unavailable', status: null });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('because the connection breaks in the middle', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"id":"a",', () => response.destroy());
    });
    expect(await failure(url)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('an address that is not allowed', () => {
  const refused = { name: 'AppError', code: 'internal' };

  it.each([
    'http://api.clover.com/',
    'http://10.0.0.1/',
    'http://127.0.0.1.example.com/',
    'http://localhost.example.com/',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'https://user:canary@api.clover.com/',
  ])('%s is never called', async (address) => {
    expect(await failure(new URL(address))).toMatchObject(refused);
  });

  it.each(['http://127.0.0.1:9/', 'http://localhost:9/', 'http://[::1]:9/', 'http://2130706433:9/'])(
    '%s needs leave',
    async (address) => {
      expect(await failure(new URL(address), { allowLoopback: false })).toMatchObject(refused);
      expect(await failure(new URL(address), { timeoutMs: 500 })).toMatchObject({ kind: 'unavailable' });
    },
  );

  it('is not told a token that no header can hold', async () => {
    const fetch = createGuardedFetch({ allowLoopback: true });
    const url = await serve(answer(200, '{}'));
    const error = await fetch(url, { headers: { authorization: 'Bearer canary\n' + 'x' }, schema }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ kind: 'unauthorized' });
    expect(inspect(error, { depth: 20 })).not.toContain('canary');
  });
});
