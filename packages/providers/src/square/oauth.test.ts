import type { OAuthClient } from '@tributary/core/token-set';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { startSquareSandbox } from '@tributary/sandbox/square/start';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorizeAt, failureOf, readPayload, timeoutMsFor, transientFaults } from '../../test/oauth-flow.ts';
import { serve } from '../fetch/loopback.fixture.ts';
import { createSquareOAuth, type SquareOAuthOptions } from './oauth.ts';

const redirectUrl = 'https://ours.invalid/connect/square';
const application = { clientId: 'sq0idp-app', clientSecret: 'sq0csp-canary-secret' };
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let clock: VirtualClock;
let square: Awaited<ReturnType<typeof startSquareSandbox>>;
let oauth: OAuthClient;
const create = (options: Partial<SquareOAuthOptions> = {}) =>
  createSquareOAuth({
    ...application,
    baseUrl: square.url,
    guard: { allowLoopback: true },
    ...options,
  });
beforeEach(async () => {
  clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  square = await startSquareSandbox({
    timeline: clock,
    merchants: [{ id: 'M1' }],
    registration: { ...application, redirectUrl },
  });
  oauth = create();
});
afterEach(() => square.stop());

const authorize = () => authorizeAt(oauth.authorizeUrl({ state: 's t&a', redirectUrl }));
const connect = async () => oauth.exchange({ ...(await authorize()), redirectUrl });
const isLive = async (accessToken: string) => {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(`${square.url}/v2/payments`, { headers })).status === 200;
};

describe('a merchant', () => {
  it('is sent to the permission page', () => {
    const url = createSquareOAuth(application).authorizeUrl({ state: 's t&a', redirectUrl });
    expect(url.origin + url.pathname).toBe('https://connect.squareup.com/oauth2/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'sq0idp-app',
      scope: 'MERCHANT_PROFILE_READ PAYMENTS_READ ORDERS_READ CUSTOMERS_READ',
      session: 'false',
      state: 's t&a',
      redirect_uri: redirectUrl,
    });
    const sandbox = createSquareOAuth({ ...application, baseUrl: 'https://connect.squareupsandbox.com' });
    expect(sandbox.authorizeUrl({ state: 's', redirectUrl }).searchParams.has('session')).toBe(false);
  });

  it('comes back and is known, with tokens for 30 days', async () => {
    const { callback } = await authorize();
    expect(callback.state).toBe('s t&a');
    const { tokens, accounts } = await oauth.exchange({ callback, redirectUrl });
    expect(accounts).toEqual([{ accountRef: 'M1', name: null }]);
    expect(tokens).toMatchObject({
      accessExpiresAt: new Date('2026-12-21T12:00:00Z'),
      refreshExpiresAt: null,
      scopes: oauth.scopes,
    });
    expect(await isLive(tokens.accessToken)).toBe(true);
  });

  it('may grant less than is asked', async () => {
    square.approveAs('M1', ['PAYMENTS_READ']);
    expect((await connect()).tokens.scopes).toEqual(['PAYMENTS_READ']);
  });

  it('is connected though Square does not say what was granted', async () => {
    square.faults.plan({ fault: 'server_error', on: ({ path }) => path === '/oauth2/token/status' });
    const { tokens } = await connect();
    expect(tokens.scopes).toBeNull();
    expect(await isLive(tokens.accessToken)).toBe(true);
  });

  it('may say no', async () => {
    square.deny();
    const { callback } = await authorize();
    const asked = square.requests().length;
    expect(await failureOf(oauth.exchange({ callback, redirectUrl }))).toMatchObject({
      kind: 'unauthorized',
      oauthError: 'access_denied',
    });
    expect(square.requests()).toHaveLength(asked);
  });
});

describe('a code', () => {
  it('is worth tokens once', async () => {
    const request = { ...(await authorize()), redirectUrl };
    await oauth.exchange(request);
    expect(await failureOf(oauth.exchange(request))).toMatchObject({ kind: 'unauthorized' });
  });

  it.each([
    ['too old', async () => clock.advance(5 * minuteMs), {}, redirectUrl],
    ['of another redirect', async () => undefined, {}, `${redirectUrl}/other`],
    ['of an application with another secret', async () => undefined, { clientSecret: 'canary' }, redirectUrl],
  ])('is refused when it is %s', async (_name, wait, options, itsRedirectUrl) => {
    const { callback } = await authorize();
    await wait();
    const asked = create(options).exchange({ callback, redirectUrl: itsRedirectUrl });
    expect(await failureOf(asked, [callback.code ?? '', 'canary'])).toMatchObject({
      kind: 'unauthorized',
      status: 401,
    });
  });
});

describe('a refresh', () => {
  it('brings a new access token, and the same refresh token for ever', async () => {
    const { tokens: first } = await connect();
    await clock.advance(100 * dayMs);
    const second = await oauth.refresh({ refreshToken: first.refreshToken ?? '' });
    expect(second).toEqual({
      accessToken: expect.not.stringMatching(first.accessToken),
      refreshToken: first.refreshToken,
      accessExpiresAt: new Date('2027-03-31T12:00:00Z'),
      refreshExpiresAt: null,
      scopes: null,
    });
    expect([await isLive(first.accessToken), await isLive(second.accessToken)]).toEqual([false, true]);
  });

  it.each(transientFaults)('that meets %s says nothing about the token', async (fault) => {
    const { tokens } = await connect();
    const { accessToken, refreshToken = null } = tokens;
    const request = { refreshToken: refreshToken ?? '', accessToken };
    square.faults.plan({ fault });
    const client = create({ guard: { allowLoopback: true, timeoutMs: timeoutMsFor(fault) } });
    const error = await failureOf(client.refresh(request), [request.refreshToken, application.clientSecret]);
    expect(error.kind).toMatch(/^(rate_limited|unavailable|invalid_response)$/);
    expect(await oauth.refresh(request)).toMatchObject({ refreshToken });
  });

  it('is refused once the merchant has revoked', async () => {
    const { accessToken, refreshToken } = (await connect()).tokens;
    square.merchant().revokeApplication();
    const request = { refreshToken: refreshToken ?? '', accessToken };
    expect(await failureOf(oauth.refresh(request), [accessToken])).toMatchObject({ kind: 'unauthorized', status: 401 });
  });

  it('with a wrong secret of ours refuses no merchant who still lets us in', async () => {
    const { accessToken, refreshToken } = (await connect()).tokens;
    const asked = create({ clientSecret: 'canary' }).refresh({ refreshToken: refreshToken ?? '', accessToken });
    expect(await failureOf(asked, ['canary', accessToken])).toMatchObject({
      kind: 'unavailable',
      status: 401,
      oauthError: 'invalid_client',
    });
  });

  it('is not refused while Square cannot say whether the merchant still lets us in', async () => {
    const { accessToken, refreshToken } = (await connect()).tokens;
    square.merchant().revokeApplication();
    square.faults.plan({ fault: 'server_error', on: ({ path }) => path === '/oauth2/token/status' });
    const request = { refreshToken: refreshToken ?? '', accessToken };
    expect(await failureOf(oauth.refresh(request))).toMatchObject({ kind: 'unavailable' });
    expect(await failureOf(oauth.refresh(request))).toMatchObject({ kind: 'unauthorized' });
  });
});

describe('revoking', () => {
  it('ends every token, and may be done twice', async () => {
    const { accessToken, refreshToken } = (await connect()).tokens;
    const request = { accountRef: 'M1', accessToken, refreshToken };
    expect(await oauth.revoke(request)).toBe('revoked');
    expect(await isLive(accessToken)).toBe(false);
    expect(await oauth.revoke(request)).toBe('revoked');
    expect(await oauth.revoke({ ...request, accountRef: 'UNKNOWN' })).toBe('revoked');
  });

  it('with a wrong secret has revoked nothing', async () => {
    const { accessToken, refreshToken } = (await connect()).tokens;
    const asked = create({ clientSecret: 'canary' }).revoke({ accountRef: 'M1', accessToken, refreshToken });
    expect(await failureOf(asked, ['canary'])).toMatchObject({ kind: 'unauthorized' });
    expect(await isLive(accessToken)).toBe(true);
  });
});

describe("Square's own samples", () => {
  it('are read', async () => {
    const samples: Record<string, string> = {
      '/oauth2/token': 'ObtainTokenResponse',
      '/oauth2/token/status': 'RetrieveTokenStatusResponse',
      '/oauth2/revoke': 'RevokeTokenResponse',
    };
    const asked: unknown[] = [];
    const baseUrl = await serve((request, response) => {
      asked.push([request.url, request.headers['square-version'], request.headers.authorization]);
      response.end(JSON.stringify(readPayload(`square/api.${samples[request.url ?? '']}.json`)));
    });
    const client = create({ baseUrl });
    const sample = readPayload('square/api.ObtainTokenResponse.json');
    expect(await client.exchange({ callback: { code: 'C' }, redirectUrl })).toEqual({
      tokens: {
        accessToken: sample.access_token,
        refreshToken: sample.refresh_token,
        accessExpiresAt: new Date('2025-04-03T18:31:06Z'),
        refreshExpiresAt: null,
        scopes: ['PAYMENTS_READ', 'PAYMENTS_WRITE'],
      },
      accounts: [{ accountRef: 'MLQW2MYBY81PZ', name: null }],
    });
    await client.revoke({ accountRef: 'M', accessToken: 'A', refreshToken: null });
    expect(asked).toEqual([
      ['/oauth2/token', '2026-09-16', undefined],
      ['/oauth2/token/status', '2026-09-16', `Bearer ${sample.access_token}`],
      ['/oauth2/revoke', '2026-09-16', 'Client sq0csp-canary-secret'],
    ]);
  });
});
