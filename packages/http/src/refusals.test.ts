import { AppError } from '@tributary/core/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Client, refusal, startClient } from '../test/client.ts';
import { newKey, orgId, token } from '../test/issuer.ts';
import { type Deps, walletApp } from '../test/wallets.ts';
import { type Route, route } from './route.ts';

let client: Client;

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.server.stop());

describe('a refusal', () => {
  it.each([
    ['no token', () => client.get('/v1/wallets', {}), 401, 'unauthenticated'],
    [
      'a forged token',
      () => client.get('/v1/wallets', { authorization: `Bearer ${token(newKey('ed-1'))}` }),
      401,
      'unauthenticated',
    ],
    ['a token in the query', () => client.get('/v1/wallets?access_token=x'), 400, 'bad_request'],
    ['an API key in the query', () => client.get('/v1/wallets?API_KEY=x'), 400, 'bad_request'],
    ['a role that may not', () => client.get('/v1/wallets', client.bearer({ role: 'analyst' })), 403, 'forbidden'],
    ['an unknown path', () => client.get('/v1/nothing'), 404, 'not_found'],
    ['a path with a slash too many', () => client.get('/v1/wallets/'), 404, 'not_found'],
    ['an unknown object', () => client.get('/v1/wallets/wal_999'), 404, 'not_found'],
    ['a malformed id', () => client.get(`/v1/wallets/${'x'.repeat(65)}`), 404, 'not_found'],
    ['an id with U+0000', () => client.get('/v1/wallets/wal%00'), 404, 'not_found'],
    [
      'the same, where the handler does not look',
      () => client.app.request('/v1/wallets/wal%00', { method: 'DELETE', headers: client.bearer() }),
      404,
      'not_found',
    ],
    ['a repeated query parameter', () => client.get('/v1/wallets?prefix=a&prefix=b'), 400, 'bad_request'],
    ['U+0000 in the query', () => client.get('/v1/wallets?prefix=%00'), 400, 'bad_request'],
    ['an unknown query parameter', () => client.get('/v1/wallets?sort=name'), 422, 'validation_failed'],
    ['a query parameter __proto__', () => client.get('/v1/wallets?__proto__=1'), 422, 'validation_failed'],
    ['a query parameter in brackets', () => client.get('/v1/wallets?prefix[]=a'), 422, 'validation_failed'],
    ['a query on a route without one', () => client.get('/v1/wallets/wal_001?x=1'), 422, 'validation_failed'],
    [
      'another media type',
      () => client.post('name=Ada', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported_media_type',
    ],
    [
      'another charset',
      () => client.post('{}', { 'content-type': 'application/json; charset=latin1' }),
      415,
      'unsupported_media_type',
    ],
    ['a compressed body', () => client.post('{}', { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type'],
    ['half a document', () => client.post('{"name":'), 400, 'invalid_json'],
    ['no body', () => client.post(''), 400, 'invalid_json'],
    ['a body beyond 64 KiB', () => client.post(JSON.stringify({ name: 'x'.repeat(65_536) })), 413, 'payload_too_large'],
    [
      'the same, saying it is short',
      () => client.post('x'.repeat(70_000), { 'content-length': '2' }),
      413,
      'payload_too_large',
    ],
    ['65 levels', () => client.post(`{"name":${'['.repeat(65)}${']'.repeat(65)}}`), 422, 'validation_failed'],
    [
      '30,000 levels',
      () => client.post(`{"name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`),
      422,
      'validation_failed',
    ],
    ['a number beyond a double', () => client.post('{"name":1e400}'), 422, 'validation_failed'],
    ['U+0000 in the body', () => client.post('{"name":"a\\u0000"}'), 422, 'validation_failed'],
    ['an unknown field', () => client.post('{"name":"Ada","org_id":"x"}'), 422, 'validation_failed'],
    ['a field __proto__', () => client.post('{"name":"Ada","__proto__":{"polluted":1}}'), 422, 'validation_failed'],
    [
      'a field constructor',
      () => client.post('{"name":"Ada","constructor":{"prototype":{"polluted":1}}}'),
      422,
      'validation_failed',
    ],
    ['a list for an object', () => client.post('[]'), 422, 'validation_failed'],
    ['null for an object', () => client.post('null'), 422, 'validation_failed'],
  ])('is a problem with a stable code: %s', async (_name, act, status, code) => {
    expect(await refusal(await act())).toMatchObject({ status, code, type: `urn:tributary:problem:${code}` });
    expect({}).not.toHaveProperty('polluted');
  });

  it('of a field says where, and not what was sent', async () => {
    const problem = await refusal(await client.post('{"name":12345,"tags":[null,"a",{"x":"canary-value"}]}'));
    expect(problem.issues?.map(({ path }) => path)).toEqual(['name', 'tags.0', 'tags.2']);
    expect(JSON.stringify(problem)).not.toMatch(/12345|canary/);
  });

  it('of a token is one answer whatever was wrong with it', async () => {
    const attempts = [{}, { authorization: 'Basic eDp5' }, { authorization: `Bearer ${client.mint({ exp: 1 })}` }];
    const answers = await Promise.all(
      attempts.map(async (headers) => (await client.get('/v1/wallets', headers)).json()),
    );
    expect(new Set(answers.map((problem) => JSON.stringify({ ...(problem as object), requestId: '' }))).size).toBe(1);
    expect((await client.get('/v1/wallets', {})).headers.get('www-authenticate')).toBe('Bearer');
  });

  it('of a method names the others', async () => {
    for (const method of ['PUT', 'PATCH', 'OPTIONS', 'DELETE']) {
      const response = await client.app.request('/v1/wallets', { method, headers: client.bearer() });
      expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
      expect(await refusal(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    }
    const response = await client.app.request('/v1/wallets/wal_001', { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE']);
  });

  it('comes before a body without end is read', async () => {
    let sentBytes = 0;
    let cancelled = false;
    const body = new ReadableStream({
      pull: (controller) => {
        sentBytes += 4096;
        controller.enqueue(new Uint8Array(4096));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const headers = { ...client.bearer(), 'content-type': 'application/json', 'content-length': '10' };
    const response = await client.app.request('/v1/wallets', {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    } as RequestInit);
    expect([response.status, cancelled]).toEqual([413, true]);
    expect(sentBytes).toBeLessThan(128 * 1024);
  });
});

describe('a failure', () => {
  const broken = (handler: () => Promise<{ points: number }>): Route<Deps> =>
    route({
      method: 'GET',
      path: '/v1/broken',
      operationId: 'getBroken',
      summary: 'Fails',
      tags: [],
      response: z.strictObject({ points: z.int() }),
      handler,
    });
  const run = async (handler: () => Promise<{ points: number }>) => {
    const { app, lines } = walletApp(client.server, {
      routes: [broken(handler)],
      access: { getBroken: { roles: ['owner'], scope: 'loyalty:read', cost: 'read' } },
    });
    const response = await app.request('/v1/broken', { headers: client.bearer() });
    return { problem: await refusal(response), line: lines.at(-1) };
  };

  it('of ours is 500 without a word of why, found in the log by its id', async () => {
    const { problem, line } = await run(async () => {
      throw new TypeError('password=canary at postgres://canary');
    });
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(line).toMatchObject({
      level: 'ERROR',
      requestId: problem.requestId,
      operationId: 'getBroken',
      error: 'TypeError',
      orgId,
    });
    expect(JSON.stringify([problem, line])).not.toMatch(/canary|\.ts/);
  });

  it('of a dependency is 503', async () => {
    const { problem } = await run(async () => {
      throw new AppError('unavailable', 'Try again.', { cause: new Error('canary') });
    });
    expect(problem).toMatchObject({ status: 503, code: 'unavailable', detail: 'Try again.' });
    expect(JSON.stringify(problem)).not.toMatch(/canary/);
  });

  it('to keep the route’s promise is 500 and names the field in the log only', async () => {
    const { problem, line } = await run(async () => ({ points: 1.5 }));
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(problem.issues).toBeUndefined();
    expect(line).toMatchObject({ error: 'ResponseMismatch', fields: ['points'] });
  });

  it('to throw an Error is still a problem', async () => {
    expect((await run(() => Promise.reject('a string'))).problem.code).toBe('internal');
    expect((await run(() => Promise.reject(undefined))).line).toMatchObject({ error: 'unknown' });
  });
});
