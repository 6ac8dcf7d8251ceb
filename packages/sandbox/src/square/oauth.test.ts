import { beforeEach, describe, expect, it } from 'vitest';
import { createTestSquare, dayMs, minuteMs, proves, type TestSquare } from './square.fixture.ts';

let square: TestSquare;
beforeEach(() => {
  square = createTestSquare({ registration: { redirectUrl: 'https://app.example/callback?via=square' } });
});

const client = () => {
  const { clientId, clientSecret } = square.sandbox.registration;
  return { client_id: clientId, client_secret: clientSecret };
};
const authorize = async (query = '') => {
  const path = `/oauth2/authorize?client_id=${client().client_id}&session=false&state=S1${query}`;
  const { status, headers } = await square.ask(`GET ${path}`, { token: null });
  return { status, target: new URL(headers.get('location') ?? 'none:') };
};
const codeFor = async (query = '') => (await authorize(query)).target.searchParams.get('code');
const token = (body: object) => ({ token: null, body: { ...client(), ...body } });
const obtain = async (code: string | null, more: object = {}) =>
  (await square.ask('POST /oauth2/token', token({ grant_type: 'authorization_code', code, ...more }))).body;
const refresh = async (refreshToken: string, more: object = {}) =>
  (await square.ask('POST /oauth2/token', token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more })))
    .body;
const statusOf = (accessToken: string) => square.ask('POST /oauth2/token/status', { token: accessToken });
const secret = () => ({ token: null, headers: { authorization: `Client ${client().client_secret}` } });
const revoke = (body: object) => square.ask('POST /oauth2/revoke', { ...secret(), body: { ...client(), ...body } });

describe('the permission page', () => {
  it(proves('authorize_redirect'), async () => {
    const { status, target } = await authorize('&scope=PAYMENTS_READ+ORDERS_READ');
    expect([status, target.origin + target.pathname]).toEqual([302, 'https://app.example/callback']);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      via: 'square',
      code: expect.stringMatching(/^sq0cgb-\w{22}$/),
      response_type: 'code',
      state: 'S1',
    });
  });

  it(proves('authorize_denied'), async () => {
    square.sandbox.deny();
    const denied = { via: 'square', error: 'access_denied', error_description: 'user_denied', state: 'S1' };
    expect(Object.fromEntries((await authorize()).target.searchParams)).toEqual(denied);
  });

  it(proves('authorize_fewer_scopes'), async () => {
    const other = square.sandbox.addMerchant({ id: 'M2' });
    square.sandbox.approveAs(other.id, ['PAYMENTS_READ', 'CUSTOMERS_READ']);
    const granted = await obtain(await codeFor('&scope=PAYMENTS_READ%20ORDERS_READ'));
    expect(granted.merchant_id).toBe('M2');
    expect((await statusOf(granted.access_token)).body.scopes).toEqual(['PAYMENTS_READ']);
  });

  it(proves('authorize_refused'), async () => {
    const refused = 'GET /oauth2/authorize?client_id=another';
    expect(await square.refusal(refused)).toEqual([400, 'BAD_REQUEST']);
    const elsewhere = `GET /oauth2/authorize?client_id=${client().client_id}&redirect_uri=https%3A%2F%2Fevil.example%2F`;
    expect(await square.refusal(elsewhere)).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('tokens', () => {
  it(proves('code_once'), async () => {
    const code = await codeFor();
    expect(await obtain(code, { redirect_uri: 'https://app.example/callback' })).toHaveProperty('errors');
    await square.clock.advance(5 * minuteMs - 1);
    expect(await obtain(code)).toMatchObject({ token_type: 'bearer', merchant_id: 'M1', short_lived: false });
    expect(await obtain(code)).toHaveProperty('errors');

    const old = await codeFor();
    await square.clock.advance(5 * minuteMs);
    expect(await obtain(old)).toHaveProperty('errors');

    const uri = encodeURIComponent('https://app.example/callback?via=square');
    const bound = await codeFor(`&redirect_uri=${uri}`);
    expect(await obtain(bound)).toHaveProperty('errors');
    expect(await obtain(bound, { redirect_uri: decodeURIComponent(uri) })).toHaveProperty('access_token');
  });

  it.each([
    [
      'another secret',
      { client_secret: 'wrong', grant_type: 'refresh_token', refresh_token: 'x' },
      401,
      'UNAUTHORIZED',
    ],
    ['an unknown code', { grant_type: 'authorization_code', code: 'x' }, 401, 'UNAUTHORIZED'],
    ['an unknown refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 401, 'UNAUTHORIZED'],
    ['no code', { grant_type: 'authorization_code' }, 400, 'MISSING_REQUIRED_PARAMETER'],
    ['another grant', { grant_type: 'password' }, 400, 'BAD_REQUEST'],
  ])(`${proves('token_errors')} (%s)`, async (_name, body, status, code) => {
    expect(await square.refusal('POST /oauth2/token', token(body))).toEqual([status, code]);
  });

  it('are not given for a body that is no JSON', async () => {
    const form = { token: null, body: 'grant_type=refresh_token' };
    expect(await square.refusal('POST /oauth2/token', form)).toEqual([400, 'EXPECTED_JSON_BODY']);
  });

  it(proves('access_30_days'), async () => {
    const long = await obtain(await codeFor());
    const short = await refresh(long.refresh_token, { short_lived: true });
    expect([long.expires_at, short.expires_at]).toEqual(['2026-12-21T12:00:00Z', '2026-11-22T12:00:00Z']);
    await square.clock.advance(dayMs);
    expect((await statusOf(short.access_token)).status).toBe(401);
    await square.clock.advance(29 * dayMs - 1);
    expect((await square.ask('GET /v2/payments', { token: long.access_token })).status).toBe(200);
    await square.clock.advance(1);
    const expired = await square.refusal('GET /v2/payments', { token: long.access_token });
    expect(expired).toEqual([401, 'ACCESS_TOKEN_EXPIRED']);
  });

  it(proves('refresh_forever'), async () => {
    const first = await obtain(await codeFor());
    await square.clock.advance(400 * dayMs);
    const second = await refresh(first.refresh_token);
    const third = await refresh(second.refresh_token);
    expect([second.refresh_token, third.refresh_token]).toEqual([first.refresh_token, first.refresh_token]);
    expect(new Set([first, second, third].map(({ access_token }) => access_token)).size).toBe(3);
    expect((await statusOf(second.access_token)).status).toBe(200);
    expect((await statusOf(third.access_token)).status).toBe(200);
  });

  it(proves('scopes_narrowed'), async () => {
    const all = await obtain(await codeFor('&scope=PAYMENTS_READ+ORDERS_READ'));
    const narrow = await refresh(all.refresh_token, { scopes: ['ORDERS_READ', 'CUSTOMERS_READ'] });
    expect((await statusOf(narrow.access_token)).body.scopes).toEqual(['ORDERS_READ']);
  });

  it(proves('token_status'), async () => {
    const granted = await obtain(await codeFor('&scope=PAYMENTS_READ'));
    expect((await statusOf(granted.access_token)).body).toEqual({
      scopes: ['PAYMENTS_READ'],
      expires_at: '2026-12-21T12:00:00Z',
      client_id: client().client_id,
      merchant_id: 'M1',
    });
    expect(await square.refusal('POST /oauth2/token/status', { token: 'x' })).toEqual([401, 'UNAUTHORIZED']);
  });

  it(proves('bearer_checked'), async () => {
    const ask = (given: string | null) => square.refusal('GET /v2/payments', { token: given });
    expect(await ask(null)).toEqual([401, 'UNAUTHORIZED']);
    expect(await ask('made-up')).toEqual([401, 'UNAUTHORIZED']);
    const { accessToken } = square.sandbox.authorize('M1', ['ORDERS_READ']);
    expect(await ask(accessToken)).toEqual([403, 'INSUFFICIENT_SCOPES']);
    square.sandbox.merchant().revokeApplication();
    expect(await ask(accessToken)).toEqual([401, 'ACCESS_TOKEN_REVOKED']);
  });
});

describe('a revocation', () => {
  it(proves('revoke_all'), async () => {
    const first = await obtain(await codeFor());
    const second = await obtain(await codeFor());
    const other = square.sandbox.authorize(square.sandbox.addMerchant({ id: 'M2' }).id);
    square.sandbox.subscribe({
      notificationUrl: 'http://app.invalid/hook',
      eventTypes: ['oauth.authorization.revoked'],
    });
    expect(await square.refusal('POST /oauth2/revoke', { body: { ...client(), merchant_id: 'M1' } })).toEqual([
      401,
      'UNAUTHORIZED',
    ]);
    expect((await revoke({ access_token: first.access_token })).body).toEqual({ success: true });
    for (const gone of [first, second, { access_token: square.token }])
      expect(await square.refusal('GET /v2/payments', { token: gone.access_token })).toEqual([
        401,
        'ACCESS_TOKEN_REVOKED',
      ]);
    expect(await refresh(second.refresh_token)).toHaveProperty('errors');
    expect((await statusOf(other.accessToken)).status).toBe(200);
    expect(square.clock.waiting()).toBe(1);
    // A revocation of what is revoked is no event.
    expect((await revoke({ merchant_id: 'M1' })).status).toBe(200);
    expect(square.clock.waiting()).toBe(1);
  });

  it(proves('revoke_one'), async () => {
    const first = await obtain(await codeFor());
    const second = await refresh(first.refresh_token);
    square.sandbox.subscribe({ notificationUrl: 'http://app.invalid/hook' });
    await revoke({ access_token: first.access_token, revoke_only_access_token: true });
    expect((await statusOf(first.access_token)).status).toBe(401);
    expect((await statusOf(second.access_token)).status).toBe(200);
    expect(await refresh(first.refresh_token)).toHaveProperty('access_token');
    expect(square.clock.waiting()).toBe(0);
  });

  it('is of a token or of a merchant, which is known', async () => {
    const ask = (body: object) =>
      square.refusal('POST /oauth2/revoke', { ...secret(), body: { ...client(), ...body } });
    expect(await ask({})).toEqual([400, 'BAD_REQUEST']);
    expect(await ask({ merchant_id: 'M1', access_token: 'x' })).toEqual([400, 'BAD_REQUEST']);
    expect(await ask({ access_token: 'x' })).toEqual([404, 'NOT_FOUND']);
    expect(await ask({ client_id: 'another', merchant_id: 'M1' })).toEqual([401, 'UNAUTHORIZED']);
  });
});
