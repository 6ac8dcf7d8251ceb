import { beforeAll, describe, expect, it } from 'vitest';
import { changePassword } from './change-password.ts';
import {
  inBrowser,
  newEmail,
  type People,
  password,
  register,
  signedIn,
  startPeople,
  TestBrowser,
  tokenOf,
} from './people.fixture.ts';
import { requestPasswordReset, resetPassword } from './reset-password.ts';
import { findSession } from './session.ts';
import { signIn, signOut } from './sign-in.ts';
import { signUp } from './sign-up.ts';

const other = 'another long passphrase';

describe('signing in', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  const attempt = (email: string, given = password) =>
    signIn({ ...people.identity, browser: new TestBrowser() }, { email, password: given });
  const refusalOf = (email: string, given?: string) =>
    attempt(email, given).then(
      () => 'signed in',
      ({ code, message, issues }) => ({ code, message, issues }),
    );
  const sessionsOf = (email: string) =>
    people.rows('select s.* from identity.sessions s join identity.users u on u.id = s.user_id where u.email = $1', [
      email,
    ]);

  it('S3-011 sets a cookie for this host alone, which no script reads and no other site sends, and notes when', async () => {
    const email = await register(people);
    const { status, newCookies } = await attempt(email.toUpperCase());
    expect([status, newCookies.length]).toEqual(['signed_in', 1]);
    expect(newCookies[0]).toMatch(
      /^__Host-tributary\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(
      await people.rows('select last_sign_in_at > created_at as noted from identity.users where email = $1', [email]),
    ).toEqual([{ noted: true }]);
    expect(await sessionsOf(email)).toMatchObject([{ ip_address: '203.0.113.7', user_agent: 'test browser' }]);
  });

  it('S3-160 says the same to an unknown address and to a wrong password, and lets neither in', async () => {
    const email = await register(people);
    const refusals = [await refusalOf(newEmail()), await refusalOf(email, other), await refusalOf(email, 'x')];
    const refusal = { code: 'unauthenticated', message: 'Invalid email or password.', issues: [] };
    expect(refusals).toEqual([refusal, refusal, refusal]);
    expect(await sessionsOf(email)).toEqual([]);
  });

  it('lets nobody in by a password that only begins alike, nor by one another keyboard composes differently', async () => {
    const email = newEmail();
    const composed = 'caf\u00e9 au lait pour tous';
    const browser = new TestBrowser();
    await signUp({ ...people.identity, browser }, { name: 'Ann', email, password: composed, organization: null });
    await people.rows('update identity.users set email_verified = true where email = $1', [email]);
    expect(await refusalOf(email, `${composed} `)).toMatchObject({ code: 'unauthenticated' });
    expect(await attempt(email, 'cafe\u0301 au lait pour tous')).toMatchObject({ status: 'signed_in' });
  });

  it('sends a link again to who knows the password of an address that is not verified, and lets them in no sooner', async () => {
    const email = newEmail();
    const browser = new TestBrowser();
    await signUp({ ...people.identity, browser }, { name: 'Ann', email, password, organization: null });
    expect(await refusalOf(email, other)).toMatchObject({ code: 'unauthenticated' });
    expect(await refusalOf(email)).toMatchObject({ code: 'email_unverified' });
    expect(people.mails.filter(({ to }) => to === email).map(({ kind }) => kind)).toEqual([
      'verify_email',
      'verify_email',
    ]);
    expect(await sessionsOf(email)).toEqual([]);
  });

  it.each([
    ['pending_approval', 'account_pending'],
    ['suspended', 'account_suspended'],
  ])('S1-012 tells who is %s so once they have given their password, and no sooner', async (status, code) => {
    const email = await register(people);
    await people.rows('update identity.users set status = $2 where email = $1', [email, status]);
    expect(await refusalOf(email, other)).toMatchObject({ code: 'unauthenticated' });
    expect(await refusalOf(email)).toMatchObject({ code });
    expect(await sessionsOf(email)).toEqual([]);
  });

  it('forgets a session on signing out, and answers a browser without one alike', async () => {
    const email = await register(people);
    const { browser } = await signedIn(people, email);
    const kept = browser.cookie;
    browser.take(await signOut(people.identity, browser));
    expect(browser.cookie).toBe('');
    expect(await findSession(people.identity, kept)).toBe(null);
    expect((await signOut(people.identity, new TestBrowser())).every((cookie) => cookie.includes('Max-Age=0'))).toBe(
      true,
    );
  });
});

describe('the cookie of a session', () => {
  let people: People;
  let cookie: string;
  let email: string;
  beforeAll(async () => {
    people = await startPeople();
    email = await register(people);
    cookie = (await signedIn(people, email)).browser.cookie;
  });

  it('is who it was set for', async () => {
    const [user] = await people.rows<{ id: string }>('select id from identity.users where email = $1', [email]);
    expect(await findSession(people.identity, `a=b; ${cookie}; c=d`)).toMatchObject({ userId: user?.id });
  });

  it.each([
    ['without its signature', (value: string) => value.replace(/\..*$/, '')],
    [
      'with another signature',
      (value: string) => value.replace(/\.(.*)$/, (_, signature) => `.${[...signature].reverse().join('')}`),
    ],
    ['with a token nobody has', (value: string) => value.replace(/^./, (first) => (first === 'x' ? 'y' : 'x'))],
    ['that is empty', () => ''],
    ['that is no encoding', () => '%E0%A4%A'],
  ])('stands for nobody %s', async (_what, change) => {
    const [name = '', value = ''] = cookie.split(/=(.*)/s);
    expect(await findSession(people.identity, `${name}=${change(value)}`)).toBe(null);
  });

  it('is not what the database keeps: who reads that can be nobody', async () => {
    const [row] = await people.rows<{ token: string }>('select token from identity.sessions');
    expect(decodeURIComponent(cookie)).toContain(`${row?.token}.`);
    expect(await findSession(people.identity, `__Host-tributary.session_token=${row?.token}`)).toBe(null);
  });

  it('stands for nobody once the session is over, and for nobody who is not active', async () => {
    await people.rows(`update identity.users set status = 'suspended' where email = $1`, [email]);
    expect(await findSession(people.identity, cookie)).toBe(null);
    await people.rows(`update identity.users set status = 'active' where email = $1`, [email]);
    expect(await findSession(people.identity, cookie)).not.toBe(null);
    await people.rows(`update identity.sessions set expires_at = now() - interval '1 second'`);
    expect(await findSession(people.identity, cookie)).toBe(null);
  });

  it('stands for nobody where the stage has another secret', async () => {
    const elsewhere = people.identityWith({
      secrets: [{ version: 2, value: 'another secret of another stage entirely' }],
    });
    const { browser } = await signedIn(people, email);
    expect(await findSession(elsewhere, browser.cookie)).toBe(null);
    expect(await findSession(people.identity, browser.cookie)).not.toBe(null);
  });
});

describe('another password', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  const tries = (email: string, given: string) =>
    signIn({ ...people.identity, browser: new TestBrowser() }, { email, password: given }).then(
      ({ status }) => status,
      ({ code }) => code,
    );
  const linkFor = async (email: string) => {
    await requestPasswordReset(people.identity, { email });
    return tokenOf(people.mails.findLast(({ to, kind }) => to === email && kind === 'reset_password'));
  };

  it('is set once by the link that was sent, and ends every session', async () => {
    const email = await register(people);
    const { browser } = await signedIn(people, email);
    const token = await linkFor(email);
    await resetPassword(people.identity, { token, password: other });
    expect(await findSession(people.identity, browser.cookie)).toBe(null);
    expect([await tries(email, password), await tries(email, other)]).toEqual(['unauthenticated', 'signed_in']);
    await expect(resetPassword(people.identity, { token, password })).rejects.toMatchObject({ code: 'invalid_link' });
  });

  it('is set by one of two who use the link at once', async () => {
    const email = await register(people);
    const token = await linkFor(email);
    const both = [`${other} 1`, `${other} 2`].map((given) =>
      resetPassword(people.identity, { token, password: given }),
    );
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is not set by a link of half an hour ago, nor by what the database keeps of one', async () => {
    const email = await register(people);
    const token = await linkFor(email);
    const stored = await people.rows<{ identifier: string; value: string }>('select * from identity.verifications');
    expect(JSON.stringify(stored)).not.toContain(token);
    for (const { identifier } of stored) {
      const guess = identifier.replace('reset-password:', '');
      await expect(resetPassword(people.identity, { token: guess, password: other })).rejects.toMatchObject({
        code: 'invalid_link',
      });
    }
    await people.rows(`update identity.verifications set expires_at = now() - interval '1 second'`);
    await expect(resetPassword(people.identity, { token, password: other })).rejects.toMatchObject({
      code: 'invalid_link',
    });
  });

  it('S3-160 is promised alike to an address nobody has, and as late', async () => {
    const email = await register(people);
    const unknown = newEmail();
    people.pauses.length = 0;
    const answers = [
      await requestPasswordReset(people.identity, { email }),
      await requestPasswordReset(people.identity, { email: unknown }),
    ];
    expect(answers).toEqual([undefined, undefined]);
    expect(people.pauses).toEqual([900, 900]);
    expect(people.mails.filter(({ to }) => to === unknown)).toEqual([]);
  });

  it('is set by who gives the present one, and ends every other session', async () => {
    const email = await register(people);
    const elsewhere = await signedIn(people, email);
    const here = await signedIn(people, email);
    await expect(changePassword(here, { password: other, newPassword: other })).rejects.toMatchObject({
      code: 'validation_failed',
      issues: [{ path: 'password', message: 'is not your password' }],
    });
    await changePassword(here, { password, newPassword: other });
    expect(await findSession(people.identity, elsewhere.browser.cookie)).toBe(null);
    expect(await inBrowser(people.identity, here.browser)).toMatchObject({ sessionId: here.sessionId });
    expect(await tries(email, other)).toBe('signed_in');
  });
});
