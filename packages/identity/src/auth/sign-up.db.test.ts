import { beforeAll, describe, expect, it } from 'vitest';
import { newEmail, type People, password, startPeople, TestBrowser, tokenOf } from './people.fixture.ts';
import { verifyEmail } from './reset-password.ts';
import { signUp } from './sign-up.ts';

const browser = new TestBrowser();
const organization = { name: 'Corner Coffee', country: 'GB', timeZone: 'Europe/London', baseCurrency: 'GBP' };

describe('signing up', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  const ask = (email: string, rest: object = {}) =>
    signUp({ ...people.identity, browser }, { name: 'Ann Miller', email, password, organization, ...rest });
  const found = (email: string) =>
    people.rows(
      `select u.email, u.email_verified, u.status, m.role, o.name, o.country, o.time_zone, o.base_currency
       from identity.users u left join identity.members m on m.user_id = u.id
       left join identity.organizations o on o.id = m.org_id where u.email = $1`,
      [email],
    );

  it('S0-017 makes a user, an organization and the owner’s membership, on the organization’s record', async () => {
    const email = newEmail();
    expect(await ask(email)).toBeUndefined();
    expect(await found(email)).toEqual([
      {
        ...{ email, email_verified: false, status: 'active', role: 'owner' },
        ...{ name: 'Corner Coffee', country: 'GB', time_zone: 'Europe/London', base_currency: 'GBP' },
      },
    ]);
    const records = await people.rows(
      `select r.actor, r.action, r.after ->> 'name' as name, r.ip, l.seq from audit.records r
       join identity.members m on m.org_id = r.org_id join identity.users u on u.id = m.user_id
       join audit.links l on l.org_id = r.org_id and l.record_id = r.id where u.email = $1`,
      [email],
    );
    expect(records).toEqual([
      {
        actor: expect.stringMatching(/^usr_/),
        action: 'organization.create',
        name: 'Corner Coffee',
        ip: browser.address,
        seq: '1',
      },
    ]);
  });

  it('S0-017 makes all of it or nothing: a step that fails leaves no user behind', async () => {
    const email = newEmail();
    await people.rows(`alter table identity.members add constraint nobody check (role <> 'owner') not valid`);
    await expect(ask(email)).rejects.toThrow('nobody');
    await people.rows('alter table identity.members drop constraint nobody');
    expect(await found(email)).toEqual([]);
    expect(people.mails.filter(({ to }) => to === email)).toEqual([]);
    expect(await ask(email)).toBeUndefined();
    expect(await found(email)).toHaveLength(1);
  });

  it('lets somebody who buys have no organization', async () => {
    const email = newEmail();
    await ask(email, { organization: null });
    expect(await found(email)).toMatchObject([{ email, role: null, name: null }]);
  });

  it('S3-159 tells nobody that an address is taken, but its owner, and takes as long', async () => {
    const email = newEmail();
    people.pauses.length = 0;
    const answers = [await ask(email), await ask(email), await ask(email.toUpperCase(), { organization: null })];
    expect(answers).toEqual([undefined, undefined, undefined]);
    expect(people.pauses).toEqual([900, 900, 900]);
    const mails = people.mails.filter(({ to }) => to === email);
    expect(mails.map(({ kind }) => kind)).toEqual(['verify_email', 'address_in_use', 'address_in_use']);
    expect(JSON.stringify(mails.slice(1))).not.toContain('token');
    expect(await found(email)).toHaveLength(1);
  });

  it('answers several who take one address at once alike, and makes one account', async () => {
    for (let round = 0; round < 5; round += 1) {
      const email = newEmail();
      const answers = await Promise.allSettled(Array.from({ length: 6 }, () => ask(email)));
      expect(answers).toEqual(Array(6).fill({ status: 'fulfilled', value: undefined }));
      expect(await found(email)).toHaveLength(1);
      expect(people.mails.filter(({ to, kind }) => to === email && kind === 'verify_email')).toHaveLength(1);
    }
  });

  it('S3-164 keeps passwords as argon2id of 46 MiB, each with a salt of its own', async () => {
    const emails = [newEmail(), newEmail()];
    for (const email of emails) await ask(email);
    const hashes = await people.rows<{ password: string }>(
      `select a.password from identity.accounts a join identity.users u on u.id = a.user_id where u.email = any ($1)`,
      [emails],
    );
    expect(new Set(hashes.map(({ password: hash }) => hash)).size).toBe(2);
    for (const { password: hash } of hashes)
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  });

  it.each([
    ['a short password', { password: 'elevenchars' }, 'password'],
    ['a very long one', { password: 'x'.repeat(257) }, 'password'],
    ['no address', { email: 'ann at example.com' }, 'email'],
    ['a name of blanks', { name: '   ' }, 'name'],
    ['another field', { role: 'owner' }, ''],
    ['a status of their own', { status: 'active' }, ''],
    ['no word on an organization', { organization: undefined }, 'organization'],
  ])('refuses %s', async (_what, change, path) => {
    const refusal = { code: 'validation_failed', issues: [expect.objectContaining({ path })] };
    await expect(ask(newEmail(), change)).rejects.toMatchObject(refusal);
  });

  it('has a new user wait where the stage says so', async () => {
    const email = newEmail();
    const waiting = people.identityWith({ newUserStatus: 'pending_approval' });
    await signUp({ ...waiting, browser }, { name: 'Ann', email, password, organization: null });
    expect(await found(email)).toMatchObject([{ status: 'pending_approval' }]);
  });
});

describe('verifying an address', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  it('believes the token that was sent, and it again', async () => {
    const email = newEmail();
    await signUp({ ...people.identity, browser }, { name: 'Ann', email, password, organization: null });
    const token = tokenOf(people.mails.at(-1));
    for (const _ of [1, 2]) await verifyEmail(people.identity, { token });
    expect(await people.rows('select email_verified from identity.users where email = $1', [email])).toEqual([
      { email_verified: true },
    ]);
  });

  it.each([
    ['nonsense', () => 'nonsense'],
    [
      'one of another signature',
      (token: string) => token.replace(/[^.]+$/, (signature) => [...signature].reverse().join('')),
    ],
    ['one that is signed by nobody', () => 'eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFubkBleGFtcGxlLmNvbSJ9.'],
  ])('refuses %s', async (_what, change) => {
    const email = newEmail();
    await signUp({ ...people.identity, browser }, { name: 'Ann', email, password, organization: null });
    const token = change(tokenOf(people.mails.at(-1)));
    await expect(verifyEmail(people.identity, { token })).rejects.toMatchObject({ code: 'invalid_link' });
  });
});
