import { verifyChain } from '@tributary/audit/chain/verify-chain';
import { readId, showId } from '@tributary/core/ids';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeyTrade } from '../api-key/api-key.fixture.ts';
import { createInvitation } from '../invitation/create-invitation.ts';
import { Firm } from '../member/people.fixture.ts';
import { transferOwnership } from '../member/transfer-ownership.ts';
import { describePerson } from './describe-person.ts';
import { eraseAccount } from './erase-account.ts';
import {
  codeFor,
  codeOf,
  newEmail,
  newFounder,
  type People,
  password,
  signedIn,
  startPeople,
  TestBrowser,
} from './people.fixture.ts';
import { verifyEmail } from './reset-password.ts';
import { confirmTotp, enableTotp } from './second-factor.ts';
import { findSession, type SignedIn } from './session.ts';
import { signIn } from './sign-in.ts';
import { signUp } from './sign-up.ts';

const now = new Date();

describe('who asks to be forgotten', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  const erase = (person: SignedIn) => eraseAccount(person, { password });
  const founder = () => newFounder(people);
  const join = ({ orgId }: Firm, { userId }: SignedIn, role = 'admin') =>
    people.rows('insert into identity.members (org_id, user_id, role) values ($1, $2, $3)', [orgId, userId, role]);
  const statusOf = async ({ orgId }: Firm) =>
    (await people.rows<{ status: string }>('select status from identity.organizations where id = $1', [orgId]))[0]
      ?.status;
  const invite = (firm: Firm, actor: string, email: string) =>
    firm.run((tx) => createInvitation({ tx, actor, now }, { email, role: 'viewer' }));
  const usersWith = (email: string) => people.rows('select from identity.users where email = $1', [email]);
  /** Tables with a row that has this text in any column. */
  async function tablesWith(text: string): Promise<string[]> {
    const tables = await people.rows<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema', 'migrations') order by 1`,
    );
    const found = [];
    for (const { name } of tables)
      if ((await people.rows(`select from ${name} t where strpos(t::text, $1) > 0 limit 1`, [text])).length > 0)
        found.push(name);
    return found;
  }

  it('is in no table any more, but for the id under which they are on record', async () => {
    const email = newEmail();
    const name = 'Zerelda Quibble';
    await signUp(
      { ...people.identity, browser: new TestBrowser() },
      { name, email, password, organization: { name: 'Hers' } },
    );
    const mail = people.mails.findLast(({ to }) => to === email);
    await verifyEmail(people.identity, { token: mail && 'token' in mail ? mail.token : '' });
    const person = await signedIn(people, email);
    const { uri } = await enableTotp(person, { password });
    person.browser.take(await confirmTotp(person, { code: codeFor(uri) }));
    const again = { ...person, ...(await findSession(people.identity, person.browser.cookie)) } as SignedIn;
    const other = await founder();
    await join(other.firm, again);
    await invite(other.firm, showId('user', again.userId), newEmail());
    const elsewhere = await founder();
    await invite(elsewhere.firm, elsewhere.actor, email);
    expect(await tablesWith(email)).toEqual(['identity.invitations', 'identity.users']);
    expect(await tablesWith(name)).toEqual(['identity.users']);
    expect(await tablesWith(again.browser.address as string)).toContain('identity.sessions');

    await erase(again);
    expect([await tablesWith(email), await tablesWith(name)]).toEqual([[], []]);
    expect(await tablesWith(again.userId)).toEqual(['audit.records']);
    expect(await tablesWith(showId('user', again.userId))).toEqual(['audit.records']);
  });

  it('is forgotten at once: by every browser, and as a member', async () => {
    const { email, person } = await founder();
    const elsewhere = await signedIn(people, email);
    const { firm } = await founder();
    await join(firm, person);
    person.browser.take(await erase(person));
    expect(person.browser.cookie).toBe('');
    expect(await findSession(people.identity, elsewhere.browser.cookie)).toBeNull();
    await expect(describePerson(elsewhere)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(Object.keys(await firm.roles())).not.toContain(person.userId);
    expect(await codeOf(signIn({ ...people.identity, browser: new TestBrowser() }, { email, password }))).toBe(
      'unauthenticated',
    );
  });

  it('may come back under the same address, as somebody new', async () => {
    const { email, person } = await founder();
    await erase(person);
    const back = { name: 'Ann', email, password: `${password} again`, organization: null };
    await signUp({ ...people.identity, browser: new TestBrowser() }, back);
    const mail = people.mails.findLast(({ to }) => to === email);
    expect(mail).toMatchObject({ kind: 'verify_email' });
    await verifyEmail(people.identity, { token: mail && 'token' in mail ? mail.token : '' });
    const browser = new TestBrowser();
    browser.take((await signIn({ ...people.identity, browser }, { email, password: back.password })).newCookies);
    const found = await findSession(people.identity, browser.cookie);
    expect(found?.userId).not.toBe(person.userId);
    expect(await describePerson({ ...people.identity, ...found, browser } as SignedIn)).toMatchObject({
      organizations: [],
    });
  });

  it('says their password again', async () => {
    const { email, person } = await founder();
    const wrong = eraseAccount(person, { password: 'not the password' });
    await expect(wrong).rejects.toMatchObject({ code: 'validation_failed', issues: [{ path: 'password' }] });
    expect(await usersWith(email)).toHaveLength(1);
    expect(await findSession(people.identity, person.browser.cookie)).toMatchObject({ sessionId: person.sessionId });
  });

  it('passes ownership on first, where others work: until then nothing is erased', async () => {
    const { email, person, firm, actor } = await founder();
    const alone = new Firm(people.database, await createOrganization(people.database));
    await join(alone, person, 'owner');
    const viewer = await firm.employ('viewer');
    expect(await codeOf(erase(person))).toBe('owner_stays');
    expect([await usersWith(email), await statusOf(firm), await statusOf(alone)]).toEqual([[{}], 'active', 'active']);
    expect(await findSession(people.identity, person.browser.cookie)).toMatchObject({ sessionId: person.sessionId });
    await firm.run((tx) => transferOwnership({ tx, actor }, { memberId: viewer.memberId }));
    await erase(person);
    expect(await firm.roles()).toEqual({ [viewer.id]: 'owner' });
    expect([await statusOf(firm), await statusOf(alone)]).toEqual(['active', 'suspended']);
  });

  it('leaves the keys they made to the organization, but none to one that they were alone in', async () => {
    const { person, firm, actor } = await founder();
    const { firm: other } = await founder();
    await join(other, person);
    const [own, others] = [new KeyTrade(people.database, firm.orgId), new KeyTrade(people.database, other.orgId)];
    const [mine, theirs] = [await own.create({}, { actor }), await others.create({}, { actor })];
    await invite(firm, actor, newEmail());
    await erase(person);
    expect([await own.find(mine.key), await others.find(theirs.key)]).toEqual([
      null,
      expect.objectContaining({ orgId: other.orgId }),
    ]);
    // Whoever opens it again opens it to nobody.
    await people.rows(`update identity.organizations set status = 'active' where id = $1`, [firm.orgId]);
    expect([await own.find(mine.key), (await own.row(mine.id)).revoked_at]).toEqual([null, expect.any(Date)]);
    expect(await people.rows('select from identity.invitations where org_id = $1', [firm.orgId])).toEqual([]);
  });

  it('is on the record of each organization, by their id and not from where, and the chains hold', async () => {
    const { person, firm, actor } = await founder();
    const { firm: other } = await founder();
    await join(other, person, 'finance');
    const key = await new KeyTrade(people.database, firm.orgId).create({}, { actor });
    await erase(person);
    const about = { actor, action: 'user.erase', target_type: 'user', target_id: person.userId, ip: null };
    const closed = { before: { role: 'owner' }, after: { organization: 'suspended' } };
    expect((await firm.recorded()).slice(-2)).toMatchObject([
      { action: 'api_key.revoke', actor, target_id: readId('apiKey', key.id), ip: null },
      { ...about, ...closed },
    ]);
    expect((await other.recorded()).at(-1)).toEqual({ ...about, before: { role: 'finance' }, after: null });
    for (const [{ orgId }, links] of [
      [firm, 4],
      [other, 2],
    ] as const) {
      const verified = await verifyChain({ database: people.database.worker, orgId });
      expect(verified).toMatchObject({ links, found: 0 });
    }
  });
});
