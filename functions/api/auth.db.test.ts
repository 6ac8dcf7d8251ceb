import { consumerAuthenticator, jwtAuthenticator } from '@tributary/http/authenticate';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from './auth.ts';
import { audience, issuerName } from './test/api.ts';
import { type AuthApi, type AuthBrowser, ownOrigin, password, startAuth } from './test/auth.ts';

let api: AuthApi;
beforeAll(async () => {
  api = await startAuth();
});

async function signedIn(email: string): Promise<AuthBrowser> {
  const browser = api.browser();
  const { status } = await browser.post('sign-in', { email, password });
  expect(status).toBe(200);
  return browser;
}

const kidOf = (headers: Headers): string =>
  JSON.parse(Buffer.from(headers.get('authorization')?.split(/[ .]/)[1] ?? '', 'base64url').toString()).kid;

/** What is in an answer for everybody to see. */
const shown = ({ status, headers, text }: Awaited<ReturnType<AuthBrowser['post']>>) => {
  const { 'x-request-id': requestId = '', ...rest } = Object.fromEntries(headers);
  return { status, headers: rest, text: text.replace(requestId, '') };
};

describe('signing in over HTTP', () => {
  it('goes from an address to a token for the organization', async () => {
    const email = await api.register();
    const browser = await signedIn(email);
    const { json: person } = await browser.ask('GET', '/v1/auth/session');
    expect(person).toMatchObject({ email, organizations: [{ id: person.activeOrganizationId, role: 'owner' }] });
    expect((await browser.post('token')).json).toEqual({ token: expect.any(String), expiresAt: expect.any(String) });
    const out = await browser.post('sign-out');
    expect([out.status, browser.cookie]).toEqual([200, '']);
    expect((await browser.ask('GET', '/v1/auth/session')).json).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('S3-160 answers byte for byte alike whether or not somebody has the address', async () => {
    const taken = await api.register();
    const free = 'nobody@example.com';
    const bodies: [path: string, body: (email: string) => object][] = [
      ['sign-in', (email) => ({ email, password: 'not the password' })],
      ['request-password-reset', (email) => ({ email })],
      ['sign-up', (email) => ({ name: 'Eve', email, password, organization: { name: 'Eve’s' } })],
    ];
    let compared = 0;
    for (const [path, body] of bodies) {
      const [one, other] = [await api.browser().post(path, body(taken)), await api.browser().post(path, body(free))];
      expect(shown(one), path).toEqual(shown(other));
      compared += 1;
    }
    console.info(`enumeration: ${compared} routes take an address, 0 tell whether somebody has it`);
  });

  it.each(
    routes
      .filter(({ body }) => body !== null && 'email' in ((body as { shape?: object }).shape ?? {}))
      .map(({ operationId }) => operationId),
  )('%s is compared above: it takes an address', (operationId) => {
    expect(['signUp', 'signIn', 'requestPasswordReset']).toContain(operationId);
  });

  it('lets a visitor ask for what is for visitors, and answers 401 for the rest', async () => {
    for (const { method, path, operationId } of routes) {
      const { status } = await api
        .browser()
        .ask(method, path.replace(/\{\w+\}/, 'ses_1'), method === 'POST' ? {} : undefined);
      const forVisitors =
        /^(signUp|verifyEmail|signIn|verifySecondFactor|signOut|requestPasswordReset|resetPassword|listPublicKeys)$/;
      expect([operationId, status === 401]).toEqual([operationId, !forVisitors.test(operationId)]);
    }
  });

  it('lets somebody erase themself, who says their password once more, and nobody else', async () => {
    const email = await api.register();
    const [browser, elsewhere] = [await signedIn(email), await signedIn(email)];
    const wrong = await browser.post('erase-account', { password: 'not the password' });
    expect([wrong.status, wrong.json.issues]).toMatchObject([422, [{ path: 'password' }]]);
    const { status, json } = await browser.post('erase-account', { password });
    expect([status, json, browser.cookie]).toEqual([200, {}, '']);
    expect((await elsewhere.ask('GET', '/v1/auth/session')).status).toBe(401);
    expect((await api.browser().post('sign-in', { email, password })).json.code).toBe('unauthenticated');
    expect(JSON.stringify(api.lines)).not.toContain(email);
  });

  it('counts attempts on one account from one address, whether they succeed or not', async () => {
    const browser = api.browser();
    const email = await api.register();
    const statuses = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      statuses.push((await browser.post('sign-in', { email, password: 'not the password' })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect((await browser.post('sign-in', { email, password })).status).toBe(429);
    expect((await api.browser().post('sign-in', { email, password })).status).toBe(200);
  });

  it.each([
    ['a malformed id', 'DELETE', '/v1/auth/sessions/%00', undefined, 404],
    ['an id that is none', 'DELETE', '/v1/auth/sessions/x', undefined, 404],
    ['an organization that is no id', 'POST', '/v1/auth/switch-organization', { organizationId: "' or 1=1" }, 404],
    ['a number for an id', 'POST', '/v1/auth/switch-organization', { organizationId: 1 }, 422],
    ['an address that is an object', 'POST', '/v1/auth/sign-in', { email: { $ne: '' }, password }, 422],
    ['a code of letters', 'POST', '/v1/auth/second-factor', { method: 'totp', code: 'abcdef' }, 422],
    ['a token in the URL', 'POST', '/v1/auth/verify-email?token=x', { token: 'x' }, 400],
    [
      'a field of the library',
      'POST',
      '/v1/auth/sign-in',
      { email: 'a@example.com', password, callbackURL: 'https://evil.example' },
      422,
    ],
    ['a path of the library', 'POST', '/v1/auth/sign-in/email', { email: 'a@example.com', password }, 404],
    ['another path of it', 'GET', '/v1/auth/get-session', undefined, 404],
  ])('answers %s with a refusal of ours', async (_what, method, path, body, status) => {
    const browser = await signedIn(await api.register());
    const reply = await browser.ask(method, path, body);
    expect([reply.status, reply.json.requestId]).toEqual([status, expect.any(String)]);
  });

  it('logs neither address, password, token nor cookie', async () => {
    const email = await api.register();
    const browser = await signedIn(email);
    const { json } = await browser.post('token');
    await browser.post('change-password', { password: 'a wrong canary passphrase', newPassword: password });
    const secrets = [email, password, 'canary', json.token, browser.cookie.split(/[=.]/)[2] as string];
    const logged = JSON.stringify(api.lines);
    expect(secrets.filter((secret) => logged.includes(secret))).toEqual([]);
  });
});

describe('a page of another site', () => {
  const foreign: [string, Record<string, string>][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that begins like ours', { origin: `${ownOrigin}.evil.example` }],
    ['our origin without TLS', { origin: 'http://app.example.com' }],
    ['no origin', {}],
    ['the origin null', { origin: 'null' }],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
  ];
  const changing = routes.filter(({ method }) => method !== 'GET');

  it('changes nothing with a visitor’s cookies, whatever it says its content is', async () => {
    const browser = await signedIn(await api.register());
    let refused = 0;
    for (const { method, path } of changing) {
      for (const [, headers] of foreign) {
        for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
          const reply = await browser.ask(method, path.replace(/\{\w+\}/, 'ses_1'), '{}', {
            ...headers,
            'content-type': type,
          });
          expect([path, reply.status]).toEqual([path, 403]);
          refused += 1;
        }
      }
    }
    expect(refused).toBe(changing.length * foreign.length * 3);
    expect((await browser.ask('GET', '/v1/auth/session')).status).toBe(200);
    console.info(`foreign pages: ${refused} requests with cookies, 0 let through`);
  });

  it('reads no answer with cookies; a page of ours does', async () => {
    const browser = await signedIn(await api.register());
    const corsOf = async (origin: string) => {
      const { headers } = await browser.ask('GET', '/v1/auth/session', undefined, { origin });
      return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')];
    };
    expect(await corsOf(ownOrigin)).toEqual([ownOrigin, 'true']);
    expect(await corsOf('https://evil.example')).toEqual([null, null]);
  });
});

describe('a token, to those who check it', () => {
  const settings = () => ({ issuer: issuerName, audience, jwksUrl: api.jwks.url });
  const bearer = async (browser: AuthBrowser) =>
    new Headers({ authorization: `Bearer ${(await browser.post('token')).json.token}` });
  afterEach(() => {
    vi.useRealTimers();
    api.jwks.works = true;
  });

  it('is a member’s of the active organization', async () => {
    const browser = await signedIn(await api.register());
    const { subject, role } = await jwtAuthenticator(settings())(await bearer(browser));
    expect([subject, role]).toEqual([expect.stringMatching(/^usr_/), 'owner']);
    await expect(consumerAuthenticator(settings())(await bearer(browser))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is a consumer’s without a membership, known by the address that was verified', async () => {
    const email = await api.register(null);
    const browser = await signedIn(email);
    const consumer = await consumerAuthenticator(settings())(await bearer(browser));
    expect(consumer).toMatchObject({ role: 'consumer', contacts: { email, mobile: null } });
    await expect(jwtAuthenticator(settings())(await bearer(browser))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('is believed when the keys turn, by who fetched them before, with no question more', async () => {
    const browser = await signedIn(await api.register());
    await browser.post('token');
    await api.database.superuser.query(`update identity.jwks set signs_from = signs_from - interval '30 days'`);
    await browser.post('token');
    const start = Date.now();
    const authenticate = jwtAuthenticator(settings());
    const kids = [];
    for (const minutes of [6, 14, 15]) {
      vi.useFakeTimers({ toFake: ['Date'], now: start + minutes * 60_000 + 1000 });
      const headers = await bearer(browser);
      kids.push(kidOf(headers));
      expect(await authenticate(headers)).toMatchObject({ role: 'owner' });
      if (minutes === 6) api.jwks.fetched = 0;
    }
    expect([kids[0] === kids[1], kids[1] === kids[2], api.jwks.fetched]).toEqual([true, false, 0]);
  });

  it('is believed within 30 s where the keys were replaced by force; those of before are not', async () => {
    const browser = await signedIn(await api.register());
    const authenticate = jwtAuthenticator(settings());
    const before = await bearer(browser);
    await authenticate(before);
    await api.database.superuser.query('truncate identity.jwks');
    const after = await bearer(browser);
    await expect(authenticate(after)).rejects.toMatchObject({ code: 'unauthenticated' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_001 });
    expect(await authenticate(after)).toMatchObject({ role: 'owner' });
    await expect(authenticate(before)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('lets nobody in where the keys cannot be had', async () => {
    const browser = await signedIn(await api.register());
    const headers = await bearer(browser);
    api.jwks.works = false;
    await expect(jwtAuthenticator(settings())(headers)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
