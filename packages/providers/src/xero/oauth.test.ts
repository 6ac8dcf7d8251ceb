import { createHash } from 'node:crypto';
import type { OAuthClient } from '@tributary/core/token-set';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { startXeroSandbox, type XeroSandbox } from '@tributary/sandbox/xero/start';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorizeAt, failureOf, readPayload, timeoutMsFor, transientFaults } from '../../test/oauth-flow.ts';
import { serve } from '../fetch/loopback.fixture.ts';
import { createXeroOAuth, type XeroOAuthOptions } from './oauth.ts';

const redirectUrl = 'https://ours.invalid/connect/xero';
const application = { clientId: '0A1B2C', clientSecret: 'canary-secret' };
const codeVerifier = 'v'.repeat(43);
const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
const tenantId = (last: number) => `00000000-0000-4000-8000-00000000000${last}`;
const [zoo, airport, harbour] = [tenantId(1), tenantId(2), tenantId(3)] as const;
const minuteMs = 60_000;

let clock: VirtualClock;
let xero: XeroSandbox;
let oauth: OAuthClient;
const hostsAt = (url: string) => ({ loginUrl: url, identityUrl: url, apiUrl: url });
const guard = () => ({ allowLoopback: true, clock: clock.now });
const create = (options: Partial<XeroOAuthOptions> = {}) =>
  createXeroOAuth({ ...application, hosts: hostsAt(xero.url), guard: guard(), ...options });
beforeEach(async () => {
  clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  xero = await startXeroSandbox({
    organisations: [
      { id: zoo, name: 'Zoo' },
      { id: airport, name: 'Airport' },
      { id: harbour, name: 'Harbour' },
    ],
    app: { ...application, redirectUris: [redirectUrl] },
    timeline: clock,
  });
  oauth = create();
});
afterEach(() => xero.stop());

const authorize = () => authorizeAt(oauth.authorizeUrl({ state: 's t&a', redirectUrl, codeChallenge }));
const exchange = (callback: Record<string, string>, client = oauth, verifier = codeVerifier) =>
  client.exchange({ callback, codeVerifier: verifier, redirectUrl });
const connect = async (...organisations: string[]) => {
  xero.answerConsent({ organisations });
  return exchange((await authorize()).callback);
};
const refresh = (refreshToken: string | null, client = oauth) => client.refresh({ refreshToken: refreshToken ?? '' });
const opens = async (accessToken: string) => {
  const response = await fetch(`${xero.url}/connections`, { headers: { authorization: `Bearer ${accessToken}` } });
  const connections = response.ok ? ((await response.json()) as { tenantName: string }[]) : [];
  return connections.map(({ tenantName }) => tenantName);
};

describe('a user', () => {
  it('is sent to the page of Xero, with a challenge', () => {
    const url = createXeroOAuth(application).authorizeUrl({ state: 's t&a', redirectUrl, codeChallenge });
    expect(url.origin + url.pathname).toBe('https://login.xero.com/identity/connect/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: '0A1B2C',
      redirect_uri: redirectUrl,
      scope:
        'offline_access accounting.contacts.read accounting.invoices.read accounting.payments.read' +
        ' accounting.banktransactions.read accounting.settings.read',
      state: 's t&a',
      code_challenge: codeChallenge,
      code_challenge_method: 'S256',
    });
  });

  it('comes back with the organisations just picked, not with those picked before', async () => {
    await connect(zoo);
    const { tokens, accounts } = await connect(airport, harbour);
    expect(accounts).toEqual([
      { accountRef: airport, name: 'Airport' },
      { accountRef: harbour, name: 'Harbour' },
    ]);
    expect(tokens).toMatchObject({
      accessExpiresAt: new Date('2026-11-21T12:30:00Z'),
      refreshExpiresAt: null,
      scopes: oauth.scopes,
    });
    expect(await opens(tokens.accessToken)).toEqual(['Zoo', 'Airport', 'Harbour']);
  });

  it('who picks none chooses among those that are connected already', async () => {
    expect((await connect()).accounts).toEqual([]);
    await connect(zoo);
    expect((await connect()).accounts).toEqual([{ accountRef: zoo, name: 'Zoo' }]);
  });

  it('may grant less than is asked; without offline_access it ends with the access token', async () => {
    xero.answerConsent({ scopes: ['accounting.contacts.read'] });
    const { tokens } = await connect(zoo);
    expect(tokens).toMatchObject({ scopes: ['accounting.contacts.read'], refreshToken: null });
  });

  it.each([
    ['may say no', {}, { isDenied: true }, 'unauthorized', 'access_denied'],
    [
      'is not asked for scopes that are gone',
      { scopes: ['accounting.transactions'] },
      {},
      'invalid_response',
      'invalid_scope',
    ],
  ] as const)('%s', async (_name, options, consent, kind, oauthError) => {
    xero.answerConsent(consent);
    const client = create(options);
    const { callback } = await authorizeAt(client.authorizeUrl({ state: 's', redirectUrl, codeChallenge }));
    const asked = xero.simulation.requests().length;
    expect(await failureOf(exchange(callback, client))).toMatchObject({ kind, oauthError });
    expect(xero.simulation.requests()).toHaveLength(asked);
  });
});

describe('a code', () => {
  const refused = { kind: 'unauthorized', status: 400, oauthError: 'invalid_grant' };

  it('is worth tokens once', async () => {
    const { callback } = await authorize();
    await exchange(callback);
    expect(await failureOf(exchange(callback), [callback.code ?? '', codeVerifier])).toMatchObject(refused);
  });

  it('is refused to who has not asked for it, and when it is too old', async () => {
    const first = await authorize();
    expect(await failureOf(exchange(first.callback, oauth, 'w'.repeat(43)))).toMatchObject(refused);
    const second = await authorize();
    await clock.advance(6 * minuteMs);
    expect(await failureOf(exchange(second.callback))).toMatchObject(refused);
  });

  it('with a wrong secret of ours is no refusal of the user', async () => {
    const asked = exchange((await authorize()).callback, create({ clientSecret: 'canary' }));
    expect(await failureOf(asked, ['canary', Buffer.from('0A1B2C:canary').toString('base64')])).toMatchObject({
      kind: 'invalid_response',
      oauthError: 'invalid_client',
    });
  });
});

describe('a refresh', () => {
  const refused = { kind: 'unauthorized', status: 400, oauthError: 'invalid_grant' };

  it('brings a new pair', async () => {
    const first = (await connect(zoo)).tokens;
    await clock.advance(oauth.renewal.renewAfterMs ?? 0);
    const second = await refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.accessExpiresAt).toEqual(new Date(clock.now().getTime() + 30 * minuteMs));
    expect([await opens(first.accessToken), await opens(second.accessToken)]).toEqual([[], ['Zoo']]);
  });

  it.each(transientFaults)(
    'that meets %s says nothing about the token, which works for half an hour',
    async (fault) => {
      const { refreshToken } = (await connect(zoo)).tokens;
      xero.faults.plan({ fault });
      const client = create({ guard: { ...guard(), timeoutMs: timeoutMsFor(fault) } });
      const error = await failureOf(refresh(refreshToken, client), [refreshToken ?? '', 'canary']);
      expect(error.kind).toMatch(/^(rate_limited|unavailable|invalid_response)$/);
      await clock.advance(oauth.renewal.formerTokenGraceMs - 1000);
      const recovered = await refresh(refreshToken);
      expect(await opens(recovered.accessToken)).toEqual(['Zoo']);
      expect(await opens((await refresh(recovered.refreshToken)).accessToken)).toEqual(['Zoo']);
    },
  );

  it('is refused half an hour after the token was replaced', async () => {
    const { refreshToken } = (await connect(zoo)).tokens;
    await refresh(refreshToken);
    await clock.advance(oauth.renewal.formerTokenGraceMs + 1000);
    expect(await failureOf(refresh(refreshToken), [refreshToken ?? ''])).toMatchObject(refused);
  });

  it('is refused when the token lay idle for 60 days', async () => {
    const { refreshToken } = (await connect(zoo)).tokens;
    await clock.advance((oauth.renewal.idleLimitMs ?? 0) + minuteMs);
    expect(await failureOf(refresh(refreshToken))).toMatchObject(refused);
  });

  it('with a wrong secret of ours is no refusal of the user', async () => {
    const { refreshToken } = (await connect(zoo)).tokens;
    const error = await failureOf(refresh(refreshToken, create({ clientSecret: 'canary' })), ['canary']);
    expect(error).toMatchObject({ kind: 'invalid_response', oauthError: 'invalid_client' });
  });
});

describe('revoking', () => {
  it('ends one organisation and leaves the others, until the last ends the tokens', async () => {
    const { tokens } = await connect(zoo, airport);
    const end = (accountRef: string) => oauth.revoke({ accountRef, ...tokens });
    expect(await end(zoo)).toBe('revoked');
    expect(await opens(tokens.accessToken)).toEqual(['Airport']);
    expect(await end(zoo)).toBe('revoked');
    const renewed = await refresh(tokens.refreshToken);
    expect(await oauth.revoke({ accountRef: airport, ...renewed })).toBe('revoked');
    expect(await failureOf(refresh(renewed.refreshToken))).toMatchObject({ kind: 'unauthorized' });
  });

  it('leaves the tokens while an organisation of another authorisation of the user needs them', async () => {
    const first = (await connect(zoo)).tokens;
    const second = (await connect(airport)).tokens;
    await oauth.revoke({ accountRef: zoo, ...first });
    expect(await opens((await refresh(second.refreshToken)).accessToken)).toEqual(['Airport']);
  });

  it('asks for a token that is alive', async () => {
    const { tokens } = await connect(zoo);
    await clock.advance(31 * minuteMs);
    expect(await failureOf(oauth.revoke({ accountRef: zoo, ...tokens }))).toMatchObject({ kind: 'unauthorized' });
  });

  it('may be done twice at once', async () => {
    const { tokens } = await connect(zoo);
    const end = () => oauth.revoke({ accountRef: zoo, ...tokens });
    expect(await Promise.all([end(), end()])).toEqual(['revoked', 'revoked']);
  });

  it('goes on where an answer was lost', async () => {
    const { tokens } = await connect(zoo);
    xero.faults.plan({ fault: 'reset_after_commit', on: ({ method }) => method === 'DELETE' });
    expect(await failureOf(oauth.revoke({ accountRef: zoo, ...tokens }))).toMatchObject({ kind: 'unavailable' });
    expect(await oauth.revoke({ accountRef: zoo, ...tokens })).toBe('revoked');
    expect(await failureOf(refresh(tokens.refreshToken))).toMatchObject({ kind: 'unauthorized' });
  });
});

it("Xero's own samples are read, a token without claims included", async () => {
  const asked: unknown[] = [];
  const practice = { ...(readPayload('xero/api.connections.json') as unknown as object[])[0], tenantType: 'PRACTICE' };
  const url = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const isToken = request.url === '/connect/token';
    const connections = [...(readPayload('xero/api.connections.json') as unknown as object[]), practice];
    response.end(JSON.stringify(isToken ? readPayload('xero/oauth.token.response.derived.json') : connections));
  });
  expect(await exchange({ code: 'C' }, create({ hosts: hostsAt(url) }))).toEqual({
    tokens: {
      accessToken: 'xxx.yyy.zzz',
      refreshToken: 'xxxxxxxxx',
      accessExpiresAt: new Date('2026-11-21T12:30:00Z'),
      refreshExpiresAt: null,
      scopes: ['openid', 'profile', 'email', 'accounting.settings', 'accounting.invoices', 'offline_access'],
    },
    accounts: [{ accountRef: 'fe79f7dd-b6d4-4a92-ba7b-538af6289c58', name: 'Demo Company (NZ)' }],
  });
  expect(asked).toEqual(['POST /connect/token', 'GET /connections']);
});
