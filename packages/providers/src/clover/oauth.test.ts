import { AppError } from '@tributary/core/errors';
import type { OAuthClient } from '@tributary/core/token-set';
import type { CloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { startCloverSandbox } from '@tributary/sandbox/clover/start-clover';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorizeAt, failureOf, readPayload, timeoutMsFor, transientFaults } from '../../test/oauth-flow.ts';
import { answer, serve } from '../fetch/loopback.fixture.ts';
import { type CloverOAuthOptions, cloverRegions, createCloverOAuth } from './oauth.ts';

const redirectUrl = 'https://ours.invalid/connect/clover';
const application = { clientId: 'APP', clientSecret: 'canary-secret' };
const minuteMs = 60_000;

let clock: VirtualClock;
let clover: CloverSandbox;
let oauth: OAuthClient;
const create = (options: Partial<CloverOAuthOptions> = {}) =>
  createCloverOAuth({
    ...application,
    regions: { eu: { authorizeUrl: clover.url, apiUrl: clover.url } },
    guard: { allowLoopback: true },
    ...options,
  });
beforeEach(async () => {
  clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  clover = await startCloverSandbox({
    merchants: [{ id: 'M1' }, { id: 'M2' }],
    app: { id: 'APP', secret: 'canary-secret', redirectUri: redirectUrl },
    timeline: clock,
  });
  oauth = create();
});
afterEach(() => clover.stop());

const region = 'eu';
const authorize = () => authorizeAt(oauth.authorizeUrl({ state: 's t&a', redirectUrl, region }));
const exchange = (callback: Record<string, string>, client = oauth) =>
  client.exchange({ callback, redirectUrl, region });
const connect = async () => (await exchange((await authorize()).callback)).tokens;
const refresh = (refreshToken: string | null, mayBeReplaced = false, client = oauth) =>
  client.refresh({ refreshToken: refreshToken ?? '', mayBeReplaced, region });
const isLive = async (accessToken: string, merchantId = 'M1') => {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(`${clover.url}/v3/merchants/${merchantId}`, { headers })).status === 200;
};

describe('a merchant', () => {
  it('is sent to the page of their region', () => {
    const client = createCloverOAuth(application);
    const urlOf = (region: string) => client.authorizeUrl({ state: 's t&a', redirectUrl, region });
    expect(client.regions.map((region) => urlOf(region).origin)).toEqual([
      'https://www.clover.com',
      'https://www.eu.clover.com',
      'https://www.la.clover.com',
    ]);
    expect(urlOf('us').pathname).toBe('/oauth/v2/authorize');
    expect(Object.fromEntries(urlOf('us').searchParams)).toEqual({
      client_id: 'APP',
      redirect_uri: redirectUrl,
      state: 's t&a',
    });
    const { sandbox } = cloverRegions;
    const inSandbox = createCloverOAuth({ ...application, regions: { sandbox } });
    expect(inSandbox.authorizeUrl({ state: 's', redirectUrl, region: 'sandbox' }).host).toBe('sandbox.dev.clover.com');
  });

  it.each([undefined, '', 'mars', 'toString', '__proto__'])('is of no region %j', async (region) => {
    const refused = { code: 'validation_failed', issues: [{ path: 'region', message: 'must be one of: eu' }] };
    const request = { state: 's', redirectUrl, ...(region !== undefined && { region }) };
    expect(() => oauth.authorizeUrl(request)).toThrow(expect.objectContaining(refused));
    const callback = { code: 'C', merchant_id: 'M1' };
    await expect(oauth.exchange({ callback, ...request })).rejects.toBeInstanceOf(AppError);
  });

  it('comes back and is known, with tokens whose ends are read', async () => {
    const { callback } = await authorize();
    expect(callback.state).toBe('s t&a');
    const { tokens, accounts } = await exchange(callback);
    expect(accounts).toMatchObject([{ accountRef: 'M1', name: expect.any(String) }]);
    expect(tokens.scopes).toBeNull();
    expect(await isLive(tokens.accessToken)).toBe(true);
    await clock.set(new Date(tokens.accessExpiresAt.getTime() - 1000));
    expect(await isLive(tokens.accessToken)).toBe(true);
    await clock.set(tokens.accessExpiresAt);
    expect(await isLive(tokens.accessToken)).toBe(false);
    await clock.set(new Date((tokens.refreshExpiresAt?.getTime() ?? 0) - 1000));
    expect(await refresh(tokens.refreshToken)).toMatchObject({ refreshToken: expect.any(String) });
  });

  it('may say no', async () => {
    clover.person.denyNext();
    const { callback } = await authorize();
    const asked = clover.requests().length;
    const denied = { kind: 'unauthorized', oauthError: 'access_denied' };
    expect(await failureOf(exchange(callback))).toMatchObject(denied);
    expect(clover.requests()).toHaveLength(asked);
  });

  it("cannot come back as another merchant, whose events they would get: a token opens nobody else's account", async () => {
    const { callback } = await authorize();
    const error = await failureOf(exchange({ ...callback, merchant_id: 'M2' }), [callback.code ?? '']);
    expect(error).toMatchObject({ kind: 'unauthorized' });
  });

  it.each(['', '../M1', 'M1/orders', 'M1?expand=', 'M%31', 'x'.repeat(65)])('is none by the id %j', async (id) => {
    const { callback } = await authorize();
    const asked = clover.requests().length;
    expect(await failureOf(exchange({ ...callback, merchant_id: id }))).toMatchObject({ kind: 'invalid_response' });
    expect(clover.requests()).toHaveLength(asked);
  });

  it('does not come back from the page of another application', async () => {
    const { callback } = await authorize();
    const error = await failureOf(exchange({ ...callback, client_id: 'OTHER' }));
    expect(error).toMatchObject({ kind: 'invalid_response' });
  });
});

describe('a code', () => {
  it('is worth tokens once', async () => {
    const { callback } = await authorize();
    await exchange(callback);
    expect(await failureOf(exchange(callback))).toMatchObject({ kind: 'unauthorized', status: 401 });
  });

  it.each([
    ['too old', 11 * minuteMs, {}],
    ['of an application with another secret', 0, { clientSecret: 'canary' }],
  ])('is refused when it is %s', async (_name, waitedMs, options) => {
    const { callback } = await authorize();
    await clock.advance(waitedMs);
    const asked = exchange(callback, create(options));
    expect(await failureOf(asked, [callback.code ?? '', 'canary'])).toMatchObject({
      kind: 'unauthorized',
      status: 401,
    });
  });
});

describe('a refresh', () => {
  it('brings a new pair, and the old one is dead', async () => {
    const first = await connect();
    const second = await refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await isLive(second.accessToken)).toBe(true);
    expect(await failureOf(refresh(first.refreshToken), [first.refreshToken ?? ''])).toMatchObject({
      kind: 'unauthorized',
      status: 401,
    });
    expect(await isLive((await refresh(second.refreshToken)).accessToken)).toBe(true);
  });

  it.each(transientFaults)('that meets %s says nothing about the token', async (fault, when) => {
    const { refreshToken } = await connect();
    clover.faults.plan({ fault });
    const client = create({ guard: { allowLoopback: true, timeoutMs: timeoutMsFor(fault) } });
    const error = await failureOf(refresh(refreshToken, false, client), [refreshToken ?? '', 'canary']);
    expect(error.kind).toMatch(/^(rate_limited|unavailable|invalid_response)$/);
    if (when === 'after') expect(await failureOf(refresh(refreshToken))).toMatchObject({ kind: 'unauthorized' });
    expect(await isLive((await refresh(refreshToken, true)).accessToken)).toBe(true);
  });

  it('recovers a lost pair for two weeks, and not one that is in use', async () => {
    const first = await connect();
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    expect(await failureOf(refresh(first.refreshToken, true))).toMatchObject({ kind: 'unauthorized' });
    await clock.advance(oauth.renewal.formerTokenGraceMs);
    const recovered = await refresh(second.refreshToken, true);
    expect(await isLive(recovered.accessToken)).toBe(true);
    expect(await failureOf(refresh(third.refreshToken))).toMatchObject({ kind: 'unauthorized' });
    await clock.advance(oauth.renewal.formerTokenGraceMs + 1000);
    expect(await failureOf(refresh(second.refreshToken, true))).toMatchObject({ kind: 'unauthorized' });
  });

  it('recovers nothing with a wrong secret, and while Clover does not answer nothing is refused', async () => {
    const first = await connect();
    await refresh(first.refreshToken);
    const wrong = create({ clientSecret: 'canary' });
    expect(await failureOf(refresh(first.refreshToken, true, wrong), ['canary'])).toMatchObject({ status: 401 });
    clover.faults.plan({ fault: 'server_error', on: ({ path }) => path === '/oauth/v2/recovery' });
    expect(await failureOf(refresh(first.refreshToken, true))).toMatchObject({ kind: 'unavailable' });
    expect(await isLive((await refresh(first.refreshToken, true)).accessToken)).toBe(true);
  });

  it.each([false, true])('is refused once the app is uninstalled (asked to recover: %s)', async (mayBeReplaced) => {
    const { refreshToken } = await connect();
    clover.uninstall('M1');
    expect(await failureOf(refresh(refreshToken, mayBeReplaced))).toMatchObject({ kind: 'unauthorized', status: 401 });
  });
});

it('revoking is for the merchant to do', async () => {
  const { accessToken, refreshToken } = await connect();
  expect(await oauth.revoke({ accountRef: 'M1', accessToken, refreshToken, region })).toBe('by_merchant_only');
});

describe('the ends of tokens', () => {
  const sample = readPayload('clover/oauth.token.response.derived.json');
  const refreshOf = async (body: object) => {
    const url = await serve(answer(200, body));
    return refresh('R', false, create({ regions: { eu: { authorizeUrl: url, apiUrl: url } } }));
  };

  it.each([
    ['seconds', sample],
    ['milliseconds', { ...sample, access_token_expiration: 1709498373000, refresh_token_expiration: 1741034373000 }],
  ])('are read in %s', async (_name, body) => {
    expect(await refreshOf(body)).toEqual({
      accessToken: sample.access_token,
      refreshToken: sample.refresh_token,
      accessExpiresAt: new Date('2024-03-03T20:39:33Z'),
      refreshExpiresAt: new Date('2025-03-03T20:39:33Z'),
      scopes: null,
    });
  });

  it.each(['access_token', 'access_token_expiration', 'refresh_token', 'refresh_token_expiration'])(
    'and the tokens are all there: without %s an answer is none',
    async (field) => {
      const error = await failureOf(refreshOf({ ...sample, [field]: undefined }), ['clvroar']);
      expect(error).toMatchObject({ kind: 'invalid_response', message: expect.stringContaining(field) });
    },
  );
});
