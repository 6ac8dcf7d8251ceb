import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { checkedFetch } from '../../test/checked-clover.ts';
import { createVirtualClock, type VirtualClock } from '../kernel/virtual-clock.ts';
import { type CloverSandbox, type CloverSandboxOptions, createCloverSandbox } from './clover-sandbox.ts';
import { cloverSchemas } from './schemas.ts';

const app = { id: 'APP', secret: 'app-secret', redirectUri: 'https://ours.invalid/connect/clover' };
const minute = 60_000;
const day = 24 * 60 * minute;

let clock: VirtualClock;
let clover: CloverSandbox;
const create = (options: Partial<CloverSandboxOptions> = {}) =>
  createCloverSandbox({ merchants: [{ id: 'M1' }, { id: 'M2' }], app, timeline: clock, ...options });
beforeEach(() => {
  clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  clover = create();
});

const ask: typeof fetch = (input, init) => checkedFetch(clover.fetch)(new URL(String(input), clover.url), init);
const authorize = async (query: Record<string, string> = {}) => {
  const response = await ask(`/oauth/v2/authorize?${new URLSearchParams({ client_id: 'APP', ...query })}`);
  return { status: response.status, location: response.headers.get('location') };
};
const fieldsOf = (location: string | null) => Object.fromEntries(new URL(location ?? '').searchParams);
const post = (path: string, body: object) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const codeFor = async (query: Record<string, string> = {}) => fieldsOf((await authorize(query)).location).code ?? '';
const exchange = (code: string, more: object = { client_secret: 'app-secret' }) =>
  post('/oauth/v2/token', { client_id: 'APP', code, ...more });
const refresh = (refreshToken: string) => post('/oauth/v2/refresh', { client_id: 'APP', refresh_token: refreshToken });
const recover = (recoveryToken: string, secret = 'app-secret') =>
  post('/oauth/v2/recovery', { client_id: 'APP', client_secret: secret, recovery_token: recoveryToken });
const pairOf = async (response: Response) => cloverSchemas.tokens.parse(await response.json());
const connect = async () => pairOf(await exchange(await codeFor()));
const use = async (accessToken: string, merchantId = 'M1') =>
  (await ask(`/v3/merchants/${merchantId}`, { headers: { authorization: `Bearer ${accessToken}` } })).status;

describe('a merchant at the browser', () => {
  it('CL01 comes back with a code, who they are and our state', async () => {
    const { status, location } = await authorize({ state: 'a b&c' });
    expect([status, location?.split('?')[0]]).toEqual([302, app.redirectUri]);
    expect(fieldsOf(location)).toEqual({
      merchant_id: 'M1',
      employee_id: 'DFLTEMPLOYEE',
      client_id: 'APP',
      code: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: 'a b&c',
    });
    clover.person.signIn('M2');
    expect(fieldsOf((await authorize()).location)).toMatchObject({ merchant_id: 'M2' });
    expect(fieldsOf((await authorize()).location)).not.toHaveProperty('state');
  });

  it('CL02 without the app lands in the App Market', async () => {
    clover.uninstall('M1');
    expect((await authorize()).location).toBe(`${clover.url}/appmarket/apps/APP`);
  });

  it('CL03 may say no, once', async () => {
    clover.person.denyNext();
    expect(fieldsOf((await authorize({ state: 's' })).location)).toEqual({ error: 'access_denied', state: 's' });
    expect(fieldsOf((await authorize()).location)).toHaveProperty('code');
  });

  it.each([
    ['CL04 another path of our origin', { redirect_uri: 'https://ours.invalid/other' }, 302],
    ['CL04 another origin', { redirect_uri: 'https://theirs.invalid/connect/clover' }, 400],
    ['no address at all', { redirect_uri: 'connect' }, 400],
    ['another app', { client_id: 'OTHER' }, 400],
    ['a challenge in plain', { code_challenge: 'x', code_challenge_method: 'plain' }, 400],
  ])('is sent on or refused: %s', async (_name, query, status) => {
    expect((await authorize(query)).status).toBe(status);
  });
});

describe('a code', () => {
  it('CL10 becomes a pair that names its ends in Unix seconds, as in the sample answer', async () => {
    const sample = readFileSync(new URL('../../test/payloads/clover.oauth.tokens.json', import.meta.url), 'utf8');
    const documented = cloverSchemas.tokens.parse(JSON.parse(sample));
    const [one, other] = [await connect(), await connect()];
    expect(Object.keys(one)).toEqual(Object.keys(documented));
    expect([one.access_token.length, one.access_token_expiration]).not.toEqual([
      other.access_token.length,
      other.access_token_expiration,
    ]);
    expect(await use(one.access_token)).toBe(200);
    expect(await use(one.access_token, 'M2')).toBe(401);
  });

  it('CL11 gives an access token for 30 to 60 minutes, and a refresh token for a year more', async () => {
    const pair = await connect();
    const seconds = pair.access_token_expiration - clock.now().getTime() / 1000;
    expect(seconds).toBeGreaterThanOrEqual(30 * 60);
    expect(seconds).toBeLessThanOrEqual(60 * 60);
    expect(pair.refresh_token_expiration - pair.access_token_expiration).toBe(365 * 24 * 60 * 60);
    await clock.set(new Date(pair.access_token_expiration * 1000 - 1));
    expect(await use(pair.access_token)).toBe(200);
    await clock.advance(1);
    expect(await use(pair.access_token)).toBe(401);
    await clock.set(new Date(pair.refresh_token_expiration * 1000));
    expect((await refresh(pair.refresh_token)).status).toBe(401);
  });

  it('CL07 CL08 is good once and for ten minutes', async () => {
    const [code, late] = [await codeFor(), await codeFor()];
    expect((await exchange(code)).status).toBe(200);
    expect((await exchange(code)).status).toBe(401);
    await clock.advance(10 * minute);
    for (const bad of [code, late, 'unknown']) {
      const response = await exchange(bad);
      expect([response.status, await response.json()]).toEqual([
        401,
        { message: 'Failed to validate authentication code' },
      ]);
    }
  });

  it('is not spent by who does not know the secret', async () => {
    const code = await codeFor();
    for (const more of [{}, { client_secret: 'wrong' }, { client_secret: 'app-secret', client_id: 'OTHER' }])
      expect((await exchange(code, more)).status).toBe(401);
    expect((await exchange(code)).status).toBe(200);
  });

  it('CL05 CL06 with a challenge wants its verifier and no secret', async () => {
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    expect(challenge).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
    for (const method of [{}, { code_challenge_method: 'S256' }]) {
      const code = await codeFor({ code_challenge: challenge, ...method });
      expect((await exchange(code)).status).toBe(401);
      expect((await exchange(code, { code_verifier: challenge })).status).toBe(401);
      expect((await exchange(code, { code_verifier: verifier, client_secret: 'wrong' })).status).toBe(401);
      expect((await exchange(code, { code_verifier: verifier })).status).toBe(200);
    }
  });

  it('CL09 is read from JSON only', async () => {
    const form = new URLSearchParams({ client_id: 'APP', client_secret: 'app-secret', code: await codeFor() });
    expect((await ask('/oauth/v2/token', { method: 'POST', body: form })).status).toBe(415);
    expect((await post('/oauth/v2/token', { client_id: 'APP' })).status).toBe(400);
  });
});

describe('a refresh token', () => {
  it('CL12 CL13 is good once; the access token lives on', async () => {
    const first = await connect();
    const second = await pairOf(await refresh(first.refresh_token));
    expect(new Set([first.access_token, first.refresh_token, second.access_token, second.refresh_token]).size).toBe(4);
    expect([await use(first.access_token), await use(second.access_token)]).toEqual([200, 200]);
    expect((await refresh(first.refresh_token)).status).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(200);
  });

  it('CL12 is spent although the answer was lost', async () => {
    const { refresh_token: token } = await connect();
    clover.faults.plan({ fault: 'reset_after_commit' });
    await expect(refresh(token)).rejects.toThrow('fetch failed');
    expect((await refresh(token)).status).toBe(401);
  });

  it('CL14 CL15 is one of ten at most: the oldest pair dies, of that merchant only', async () => {
    clover.person.signIn('M2');
    const neighbour = await connect();
    clover.person.signIn('M1');
    const pairs: z.output<typeof cloverSchemas.tokens>[] = [];
    for (let count = 0; count < 11; count += 1) pairs.push(await connect());
    await clock.advance(2000);
    const [oldest, next] = pairs;
    expect([await use(oldest?.access_token ?? ''), await use(next?.access_token ?? '')]).toEqual([401, 200]);
    expect((await refresh(oldest?.refresh_token ?? '')).status).toBe(401);
    expect((await refresh(next?.refresh_token ?? '')).status).toBe(200);
    expect(await use(neighbour.access_token, 'M2')).toBe(200);
  });
});

describe('a pair that was lost', () => {
  it('CL16 CL17 CL18 comes back by the token it was made from, again and again until the new one is used', async () => {
    const first = await connect();
    const lost = await pairOf(await refresh(first.refresh_token));
    const refused = await refresh(first.refresh_token);
    expect([refused.status, refused.headers.get('X-Clover-Recovery-Available')]).toEqual([401, 'true']);

    expect((await recover(first.refresh_token, 'wrong')).status).toBe(401);
    const lostToo = await pairOf(await recover(first.refresh_token));
    const found = await pairOf(await recover(first.refresh_token));
    for (const dead of [lost, lostToo]) {
      expect(await use(dead.access_token)).toBe(401);
      expect((await refresh(dead.refresh_token)).status).toBe(401);
    }
    expect(await use(found.access_token)).toBe(200);

    expect((await refresh(found.refresh_token)).status).toBe(200);
    expect((await recover(first.refresh_token)).status).toBe(401);
    const over = await refresh(first.refresh_token);
    expect([over.status, over.headers.get('X-Clover-Recovery-Available')]).toEqual([401, 'false']);
  });

  it('CL16 comes back for two weeks', async () => {
    const { refresh_token: token } = await connect();
    await refresh(token);
    await clock.advance(14 * day);
    const again = await recover(token);
    expect(again.status).toBe(200);
    await clock.advance(14 * day + 1000);
    expect((await recover(token)).status).toBe(401);
  });
});

describe('the app at a merchant', () => {
  it('CL20 uninstalled has no token any more, whatever it holds', async () => {
    clover.addMerchant({ id: 'M3', accessToken: 'fixed' });
    clover.person.signIn('M3');
    const [first, code] = [await connect(), await codeFor()];
    const second = await pairOf(await refresh(first.refresh_token));
    clover.uninstall('M3');
    for (const token of [first.access_token, second.access_token, 'fixed']) expect(await use(token, 'M3')).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(401);
    expect((await recover(first.refresh_token)).status).toBe(401);
    expect((await exchange(code)).status).toBe(401);
    clover.install('M3');
    expect(await use(second.access_token, 'M3')).toBe(401);
    expect(await use((await connect()).access_token, 'M3')).toBe(200);
  });

  it('CL21 CL30 may do what it might when it was installed', async () => {
    clover.setPermissions(['PAYMENTS_R']);
    const { access_token: token } = await connect();
    const statusOf = async (path: string) =>
      (await ask(`/v3/merchants/M1${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await statusOf(''), await statusOf('/orders'), await statusOf('/payments')]).toEqual([200, 200, 200]);
    clover.install('M1');
    expect([await statusOf(''), await statusOf('/orders'), await statusOf('/payments')]).toEqual([401, 401, 200]);
  });
});

it('tells no token or code in its log', async () => {
  const code = await codeFor();
  const pair = await pairOf(await exchange(code));
  await refresh(pair.refresh_token);
  await use(pair.access_token);
  const log = JSON.stringify(clover.requests());
  for (const secret of [code, pair.access_token, pair.refresh_token, 'app-secret']) expect(log).not.toContain(secret);
});
