import { beforeAll, describe, expect, it } from 'vitest';
import {
  codeFor,
  inBrowser,
  type People,
  password,
  register,
  signedIn,
  startPeople,
  TestBrowser,
} from './people.fixture.ts';
import { confirmTotp, disableTotp, enableTotp, renewBackupCodes, verifySecondFactor } from './second-factor.ts';
import { findSession } from './session.ts';
import { signIn } from './sign-in.ts';

describe('a second factor', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  /** Somebody whose authenticator has shown its code of before; that of now is still good. */
  async function withTotp() {
    const email = await register(people);
    const first = await signedIn(people, email);
    const { uri, backupCodes } = await enableTotp(first, { password });
    first.browser.take(await confirmTotp(first, { code: codeFor(uri, -1) }));
    return { email, uri, backupCodes, person: await inBrowser(people.identity, first.browser) };
  }

  /** Past the password, with a browser that is asked for a code. */
  async function challenged(email: string): Promise<TestBrowser> {
    const browser = new TestBrowser();
    const { status, newCookies } = await signIn({ ...people.identity, browser }, { email, password });
    browser.take(newCookies);
    expect(status).toBe('second_factor');
    return browser;
  }

  const answer = (browser: TestBrowser, code: string, method: 'totp' | 'backup_code' = 'totp') =>
    verifySecondFactor({ ...people.identity, browser }, { method, code });
  const refusalOf = (work: Promise<unknown>) =>
    work.then(
      () => 'let in',
      ({ code }) => code,
    );
  const wrong = (uri: string) => String((Number(codeFor(uri)) + 1) % 1_000_000).padStart(6, '0');
  const counted = async (email: string) => {
    const [row] = await people.rows<{ failed: number; locked: boolean }>(
      `select t.failed_verification_count as failed, t.locked_until is not null as locked
       from identity.two_factors t join identity.users u on u.id = t.user_id where u.email = $1`,
      [email],
    );
    return row;
  };

  it('is asked for once its code was shown, and not before', async () => {
    const email = await register(people);
    const person = await signedIn(people, email);
    await enableTotp(person, { password });
    expect((await signIn({ ...people.identity, browser: new TestBrowser() }, { email, password })).status).toBe(
      'signed_in',
    );
    const { uri } = await enableTotp(person, { password });
    expect(await refusalOf(confirmTotp(person, { code: wrong(uri) }))).toBe('unauthenticated');
    const former = person.browser.cookie;
    person.browser.take(await confirmTotp(person, { code: codeFor(uri) }));
    expect(await findSession(people.identity, former)).toBe(null);
    expect(await findSession(people.identity, person.browser.cookie)).not.toBe(null);
    await challenged(email);
  });

  it('keeps the organization that the session is for', async () => {
    const { person } = await withTotp();
    const [session] = await people.rows('select active_org_id from identity.sessions where id = $1', [
      person.sessionId,
    ]);
    expect(session).toEqual({ active_org_id: expect.any(String) });
  });

  it('lets in by its code; half way there is no session', async () => {
    const { email, uri } = await withTotp();
    const browser = await challenged(email);
    expect(await findSession(people.identity, browser.cookie)).toBe(null);
    browser.take((await answer(browser, codeFor(uri))).newCookies);
    expect(await findSession(people.identity, browser.cookie)).not.toBe(null);
  });

  it('takes a code once: again it lets nobody in, nor one of before', async () => {
    const { email, uri } = await withTotp();
    const code = codeFor(uri);
    await answer(await challenged(email), code);
    expect(await refusalOf(answer(await challenged(email), code))).toBe('unauthenticated');
    expect(await refusalOf(answer(await challenged(email), codeFor(uri, -1)))).toBe('unauthenticated');
    expect(await answer(await challenged(email), codeFor(uri, 1))).toMatchObject({ status: 'signed_in' });
  });

  it('lets one of several in who give one code at once', async () => {
    const { email, uri } = await withTotp();
    const browsers = [await challenged(email), await challenged(email), await challenged(email)];
    const code = codeFor(uri);
    const outcomes = await Promise.all(browsers.map((browser) => refusalOf(answer(browser, code))));
    expect(outcomes.sort()).toEqual(['let in', 'unauthenticated', 'unauthenticated']);
  });

  it('counts wrong codes: after five the password is asked for again, after ten nothing helps for a while', async () => {
    const { email, uri } = await withTotp();
    const browser = await challenged(email);
    for (let guess = 1; guess <= 5; guess += 1) {
      expect(await refusalOf(answer(browser, wrong(uri)))).toBe('unauthenticated');
      expect(await counted(email)).toEqual({ failed: guess, locked: false });
    }
    expect(await refusalOf(answer(browser, codeFor(uri)))).toBe('unauthenticated');
    const next = await challenged(email);
    for (let guess = 6; guess <= 10; guess += 1) await refusalOf(answer(next, wrong(uri)));
    expect(await counted(email)).toEqual({ failed: 10, locked: true });
    expect(await refusalOf(answer(await challenged(email), codeFor(uri)))).toBe('rate_limited');
  });

  it('is replaced by a backup code, once', async () => {
    const { email, backupCodes } = await withTotp();
    const [code = ''] = backupCodes;
    expect(backupCodes).toHaveLength(10);
    expect(await answer(await challenged(email), code, 'backup_code')).toMatchObject({ status: 'signed_in' });
    expect(await refusalOf(answer(await challenged(email), code, 'backup_code'))).toBe('unauthenticated');
    const twice = [await challenged(email), await challenged(email)];
    const second = backupCodes[1] as string;
    const outcomes = await Promise.all(twice.map((browser) => refusalOf(answer(browser, second, 'backup_code'))));
    expect(outcomes.filter((outcome) => outcome === 'let in')).toHaveLength(1);
  });

  it('has other backup codes for who gives the password; those before are good no more', async () => {
    const { email, backupCodes, person } = await withTotp();
    await expect(renewBackupCodes(person, { password: 'not the password' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const { backupCodes: others } = await renewBackupCodes(person, { password });
    expect(await refusalOf(answer(await challenged(email), backupCodes[0] as string, 'backup_code'))).toBe(
      'unauthenticated',
    );
    expect(await answer(await challenged(email), others[0] as string, 'backup_code')).toMatchObject({
      status: 'signed_in',
    });
  });

  it('ends for who gives the password, and nobody else', async () => {
    const { email, person } = await withTotp();
    await expect(disableTotp(person, { password: 'not the password' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    await challenged(email);
    person.browser.take(await disableTotp(person, { password }));
    expect(await findSession(people.identity, person.browser.cookie)).not.toBe(null);
    expect((await signIn({ ...people.identity, browser: new TestBrowser() }, { email, password })).status).toBe(
      'signed_in',
    );
  });

  it('is not drawn anew while it is asked for', async () => {
    const { person } = await withTotp();
    await expect(enableTotp(person, { password })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is asked of who gave the password, whosever session the browser still sends', async () => {
    const { email, uri } = await withTotp();
    const { browser: another } = await signedIn(people, await register(people));
    const challenge = await challenged(email);
    const both = { address: null, userAgent: null, cookie: `${another.cookie}; ${challenge.cookie}` };
    const given = (code: string) =>
      verifySecondFactor({ ...people.identity, browser: both }, { method: 'totp', code }).then(
        ({ status }) => status,
        ({ code: refusal }) => refusal,
      );
    expect(await given(wrong(uri))).toBe('unauthenticated');
    expect(await counted(email)).toEqual({ failed: 1, locked: false });
    expect(await given(codeFor(uri))).toBe('signed_in');
  });

  it('leaves neither secret nor backup codes for who reads the database', async () => {
    const { uri, backupCodes } = await withTotp();
    const rows = await people.rows<{ secret: string; backup_codes: string }>(
      'select secret, backup_codes from identity.two_factors',
    );
    for (const { secret, backup_codes } of rows)
      expect([secret, backup_codes].every((text) => text.startsWith('$ba$1$'))).toBe(true);
    const shown = new URL(uri).searchParams.get('secret') as string;
    for (const secret of [shown, ...backupCodes]) expect(JSON.stringify(rows)).not.toContain(secret);
  });
});
