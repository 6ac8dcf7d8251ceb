import { createHash } from 'node:crypto';
import { beforeEach, describe, expect } from 'vitest';
import { allScopes, behaves, redirectUri, type Stage, setStage } from './xero.fixture.ts';

const minute = 60_000;
const day = 86_400_000;

let stage: Stage;
beforeEach(() => {
  stage = setStage();
});

const redeem = (code: string | null, more: Record<string, string> = {}) =>
  stage.token({ grant_type: 'authorization_code', code: code ?? '', redirect_uri: redirectUri, ...more });
const refresh = (refreshToken: string) => stage.token({ grant_type: 'refresh_token', refresh_token: refreshToken });
const refreshed = async (refreshToken: string) => {
  const response = await refresh(refreshToken);
  return response.status === 200 ? ((await response.json()) as { refresh_token: string }).refresh_token : null;
};
const outcome = async (response: Response) => [response.status, await response.json()];
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
const invalidGrant = [400, { error: 'invalid_grant' }];
const names = async (response: Response) =>
  ((await response.json()) as { tenantName: string }[]).map((c) => c.tenantName);
const connections = (token: string, query = '') =>
  stage.ask(`/connections${query}`, { headers: { authorization: `Bearer ${token}` } });

describe('consent', () => {
  behaves('authorize', async () => {
    const back = await stage.authorize();
    expect(back.get('state')).toBe('state of mine');
    expect(back.get('scope')).toBe(allScopes);
    expect((await redeem(back.get('code'))).status).toBe(200);
  });

  behaves('connectFirst', async () => {
    const { access_token } = await stage.connect();
    stage.xero.disconnect(stage.xero.organisations[1]?.id ?? '');
    expect(await names(await connections(access_token))).toEqual(['Ridge Coffee']);
    await stage.authorize();
    expect(await names(await connections(access_token))).toEqual(['Ridge Coffee', 'Ridge Bakery']);
  });

  behaves('authEvent', async () => {
    stage.xero.answerConsent({ organisations: [stage.xero.organisations[0]?.id ?? ''] });
    const first = claimsOf((await stage.connect()).access_token).authentication_event_id;
    stage.xero.answerConsent({ organisations: [stage.xero.organisations[1]?.id ?? ''] });
    const { access_token } = await stage.connect();
    const second = claimsOf(access_token).authentication_event_id;
    expect(await names(await connections(access_token, `?authEventId=${first}`))).toEqual(['Ridge Coffee']);
    expect(await names(await connections(access_token, `?authEventId=${second}`))).toEqual(['Ridge Bakery']);
    expect(await names(await connections(access_token))).toEqual(['Ridge Coffee', 'Ridge Bakery']);
  });

  behaves('codeOnce', async () => {
    const code = (await stage.authorize()).get('code');
    expect((await redeem(code)).status).toBe(200);
    expect(await outcome(await redeem(code))).toEqual(invalidGrant);
    const [late, justInTime] = [(await stage.authorize()).get('code'), (await stage.authorize()).get('code')];
    await stage.clock.advance(5 * minute);
    expect((await redeem(justInTime)).status).toBe(200);
    await stage.clock.advance(1);
    expect(await outcome(await redeem(late))).toEqual(invalidGrant);
    const elsewhere = (await stage.authorize()).get('code');
    expect(await outcome(await redeem(elsewhere, { redirect_uri: 'http://127.0.0.1/' }))).toEqual(invalidGrant);
  });

  behaves('pkce', async () => {
    const verifier = 'a verifier of at least 43 characters, as it should be';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const asked = { code_challenge: challenge, code_challenge_method: 'S256' };
    const code = async () => (await stage.authorize(asked)).get('code');
    expect((await redeem(await code(), { code_verifier: verifier })).status).toBe(200);
    expect(await outcome(await redeem(await code(), { code_verifier: 'another' }))).toEqual(invalidGrant);
    expect(await outcome(await redeem(await code()))).toEqual(invalidGrant);
    const plain = await stage.authorize({ ...asked, code_challenge_method: 'plain' });
    expect(plain.get('error')).toBe('invalid_request');
  });

  behaves('denied', async () => {
    stage.xero.answerConsent({ isDenied: true });
    expect(Object.fromEntries(await stage.authorize())).toEqual({ error: 'access_denied', state: 'state of mine' });
  });

  behaves('badClient', async () => {
    for (const fields of [{ client_id: 'another' }, { redirect_uri: `${redirectUri}/` }]) {
      const query = new URLSearchParams({ client_id: stage.xero.app.clientId, redirect_uri: redirectUri, ...fields });
      const response = await stage.ask(`/identity/connect/authorize?${query}`);
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    }
  });

  behaves('oldScopes', async () => {
    const scope = 'offline_access accounting.transactions';
    expect((await stage.authorize({ scope })).get('error')).toBe('invalid_scope');
    expect((await stage.authorize({ scope: 'accounting.invoices nonsense' })).get('error')).toBe('invalid_scope');
    stage = setStage({ app: { createdOn: '2026-03-01' } });
    const { access_token } = await stage.connect(scope);
    expect((await stage.read('Invoices?page=1', access_token)).status).toBe(200);
  });

  behaves('fewerScopes', async () => {
    stage.xero.answerConsent({ scopes: ['offline_access', 'accounting.contacts.read'] });
    const { scope, access_token } = await stage.connect();
    expect(scope).toBe('offline_access accounting.contacts.read');
    expect((await stage.read('Contacts', access_token)).status).toBe(200);
    expect((await stage.read('Invoices', access_token)).status).toBe(401);
  });
});

describe('tokens', () => {
  behaves('basicAuth', async () => {
    const code = (await stage.authorize()).get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
    const wrong = Buffer.from(`${stage.xero.app.clientId}:wrong`).toString('base64');
    for (const authorization of ['', `Basic ${wrong}`, `Bearer ${wrong}`])
      expect(await outcome(await stage.token(form, authorization))).toEqual([400, { error: 'invalid_client' }]);
    expect(await outcome(await stage.token({}))).toEqual([400, { error: 'invalid_request' }]);
    expect(await outcome(await stage.token({ grant_type: 'toString' }))).toEqual([
      400,
      { error: 'unsupported_grant_type' },
    ]);
    expect((await stage.token(form)).status).toBe(200);
  });

  behaves('accessLife', async () => {
    const { access_token, expires_in } = await stage.connect();
    expect(expires_in).toBe(1800);
    const { exp, nbf, scope } = claimsOf(access_token);
    expect([exp - nbf, scope]).toEqual([1800, allScopes.split(' ')]);
    await stage.clock.advance(1_799_999);
    expect((await stage.read('Organisation', access_token)).status).toBe(200);
    await stage.clock.advance(1);
    const [status, body] = await outcome(await stage.read('Organisation', access_token));
    expect(status).toBe(401);
    expect(body).toMatchObject({ Title: 'Unauthorized', Detail: 'TokenExpired: token expired at 11/21/2026 12:30:00' });
  });

  behaves('refreshRotates', async () => {
    const first = (await stage.connect()).refresh_token;
    await stage.clock.advance(60 * day);
    const second = (await refreshed(first)) ?? '';
    expect(second).not.toBe(first);
    await stage.clock.advance(60 * day + 1);
    expect(await outcome(await refresh(second))).toEqual(invalidGrant);
    expect(await outcome(await refresh('never issued'))).toEqual(invalidGrant);
  });

  behaves('refreshRetry', async () => {
    const first = (await stage.connect()).refresh_token;
    stage.xero.faults.plan({ fault: 'reset_after_commit' });
    await expect(refresh(first)).rejects.toThrow('fetch failed');
    await stage.clock.advance(30 * minute);
    const recovered = (await refreshed(first)) ?? '';
    await stage.clock.advance(1);
    expect(await outcome(await refresh(first))).toEqual(invalidGrant);
    expect(await refreshed(recovered)).toEqual(expect.any(String));
  });

  behaves('refreshSettled', async () => {
    const first = (await stage.connect()).refresh_token;
    const [lost, kept] = [(await refreshed(first)) ?? '', (await refreshed(first)) ?? ''];
    const next = await refreshed(kept);
    expect(next).toEqual(expect.any(String));
    expect(await refreshed(first)).toBeNull();
    expect(await refreshed(lost)).toBeNull();
    expect(await refreshed(next ?? '')).toEqual(expect.any(String));
  });

  behaves('offline', async () => {
    const set = await stage.connect('accounting.contacts');
    expect(set).not.toHaveProperty('refresh_token');
    expect((await stage.read('Contacts', set.access_token)).status).toBe(200);
  });

  behaves('revocation', async () => {
    const { access_token, refresh_token } = await stage.connect();
    const basic = Buffer.from(`${stage.xero.app.clientId}:${stage.xero.app.clientSecret}`).toString('base64');
    const revoke = (token: string) =>
      stage.ask('/connect/revocation', {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ token }),
      });
    const unknown = await revoke('never issued');
    expect([unknown.status, await unknown.text()]).toEqual([200, '']);
    expect(await names(await connections(access_token))).toHaveLength(2);
    expect((await revoke(refresh_token)).status).toBe(200);
    expect(await outcome(await refresh(refresh_token))).toEqual(invalidGrant);
    expect(await names(await connections(access_token))).toEqual([]);
    expect((await stage.read('Contacts', access_token)).status).toBe(403);
  });

  behaves('withdraw', async () => {
    const { access_token, refresh_token } = await stage.connect();
    stage.xero.withdraw(claimsOf(access_token).xero_userid);
    expect(await outcome(await refresh(refresh_token))).toEqual(invalidGrant);
    expect((await stage.read('Contacts', access_token)).status).toBe(403);
  });
});
