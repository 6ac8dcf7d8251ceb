import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, refusal, startClient } from '../../test/client.ts';
import { walletApp } from '../../test/wallets.ts';
import { readOrigins } from './origins.ts';

const own = 'https://app.example.com';
const foreign = [
  'https://evil.example',
  'https://app.example.com.attacker.example',
  'https://sub.app.example.com',
  'https://app.example.com:8443',
  'http://app.example.com',
  'https://APP.example.com',
  'https://app.example.com/',
  'null',
  '*',
  '',
];

describe('the list of origins', () => {
  it('is read as browsers spell them', () => {
    expect(readOrigins(`${own}, https://admin.example.com:8443\n http://127.0.0.1:3000`)).toEqual([
      own,
      'https://admin.example.com:8443',
      'http://127.0.0.1:3000',
    ]);
    expect(readOrigins('none')).toEqual([]);
  });

  it.each(['*', 'https://*.example.com', `${own}/`, `${own}/x`, 'http://app.example.com', 'app.example.com', 'null'])(
    'takes no %s',
    (origin) => {
      expect(() => readOrigins(`${own} ${origin}`)).toThrow('origin 2 of the list');
    },
  );
});

describe('a page of another site', () => {
  let client: Client;
  let app: ReturnType<typeof walletApp>['app'];
  beforeAll(async () => {
    client = await startClient();
    app = walletApp(client.server, { origins: [own, 'https://admin.example.com'] }).app;
  });
  afterAll(() => client.server.stop());

  const preflight = (origin: string, path = '/v1/wallets') =>
    app.request(path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
  const corsOf = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

  it('may call when its origin is listed, and learns before, without a token, what it may send', async () => {
    const asked = await preflight(own);
    expect([asked.status, await asked.text()]).toEqual([204, '']);
    expect(corsOf(asked)).toEqual({
      'access-control-allow-origin': own,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key, if-none-match',
      'access-control-expose-headers':
        'content-disposition, etag, link, ratelimit, ratelimit-policy, retry-after, x-request-id',
      'access-control-max-age': '600',
    });
    const answered = await app.request('/v1/wallets', { headers: { ...client.bearer(), origin: own } });
    expect([answered.status, corsOf(answered)['access-control-allow-origin']]).toEqual([200, own]);
  });

  it('reads refusals, too', async () => {
    for (const path of ['/v1/wallets', '/v1/nothing']) {
      const refused = await app.request(path, { headers: { origin: own } });
      expect(corsOf(refused)['access-control-allow-origin']).toBe(own);
    }
  });

  it.each(foreign)('may not when its origin is %j: it is named nowhere, nor is any other', async (origin) => {
    const asked = await preflight(origin);
    expect(await refusal(asked)).toMatchObject({ status: 405 });
    const answered = await app.request('/v1/wallets', { headers: { ...client.bearer(), origin } });
    expect([corsOf(asked), corsOf(answered)]).toEqual([{}, {}]);
  });

  it('is told from another by caches', async () => {
    for (const headers of [{}, { origin: own }, { origin: 'https://evil.example' }]) {
      const answered = await app.request('/v1/wallets', { headers: { ...client.bearer(), ...headers } });
      expect(answered.headers.get('vary')).toBe('Origin');
    }
  });

  it('has no cookies sent along', async () => {
    expect((await preflight(own)).headers.has('access-control-allow-credentials')).toBe(false);
  });

  it('asks in vain about a path that is not there', async () => {
    expect((await preflight(own, '/v1/nothing')).status).toBe(404);
  });
});
