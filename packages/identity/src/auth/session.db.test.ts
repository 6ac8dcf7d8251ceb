import { randomUUID } from 'node:crypto';
import { readId, showId } from '@tributary/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { describePerson } from './describe-person.ts';
import { inBrowser, type People, password, register, signedIn, startPeople, TestBrowser } from './people.fixture.ts';
import { findSession, listSessions, revokeSession, switchOrganization } from './session.ts';
import { signIn } from './sign-in.ts';

describe('sessions', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  it('are listed to whose they are, the newest first, without what would let anybody in', async () => {
    const email = await register(people);
    const first = await signedIn(people, email);
    const second = await signedIn(people, email);
    await signedIn(people, await register(people));
    const listed = await listSessions(first);
    const known = {
      address: '203.0.113.7',
      userAgent: 'test browser',
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
    };
    expect(listed).toEqual([
      { ...known, id: showId('session', second.sessionId), current: false },
      { ...known, id: showId('session', first.sessionId), current: true },
    ]);
    const tokens = await people.rows<{ token: string }>('select token from identity.sessions');
    for (const { token } of tokens) expect(JSON.stringify(listed)).not.toContain(token);
  });

  it('end one by one, at once', async () => {
    const email = await register(people);
    const here = await signedIn(people, email);
    const elsewhere = await signedIn(people, email);
    await revokeSession(here, { sessionId: showId('session', elsewhere.sessionId) });
    expect(await findSession(people.identity, elsewhere.browser.cookie)).toBe(null);
    expect(await listSessions(here)).toHaveLength(1);
  });

  it.each([
    ['another’s', (id: string) => id],
    ['one that is not there', () => showId('session', randomUUID())],
    ['what is no id', () => 'ses_1'],
    ['an id of another kind', (id: string) => showId('user', readId('session', id))],
  ])('are ended by nobody else: %s is not found', async (_what, change) => {
    const mine = await signedIn(people, await register(people));
    const theirs = await signedIn(people, await register(people));
    const sessionId = change(showId('session', theirs.sessionId));
    await expect(revokeSession(mine, { sessionId })).rejects.toMatchObject({
      code: 'not_found',
      message: 'No such object.',
    });
    expect(await inBrowser(people.identity, theirs.browser)).toMatchObject({ sessionId: theirs.sessionId });
  });

  it('are a week long, and not longer for being used', async () => {
    const person = await signedIn(people, await register(people));
    const ends = () =>
      people.rows('select expires_at - created_at as life, expires_at from identity.sessions where id = $1', [
        person.sessionId,
      ]);
    await people.rows(
      `update identity.sessions set updated_at = now() - interval '3 days', expires_at = now() + interval '4 days' where id = $1`,
      [person.sessionId],
    );
    const before = await ends();
    await findSession(people.identity, person.browser.cookie);
    expect(await ends()).toEqual(before);
  });
});

describe('the active organization', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  async function memberOf(userId: string, name: string, role = 'viewer'): Promise<string> {
    const [organization] = await people.rows<{ id: string }>(
      'insert into identity.organizations (name) values ($1) returning id',
      [name],
    );
    const { id } = organization as { id: string };
    await people.rows('insert into identity.members (org_id, user_id, role) values ($1, $2, $3)', [id, userId, role]);
    return id;
  }
  const activeOf = async (sessionId: string) => {
    const [row] = await people.rows<{ active: string | null }>(
      'select active_org_id as active from identity.sessions where id = $1',
      [sessionId],
    );
    return row?.active;
  };

  it('is the first one at first, and another by one statement', async () => {
    const person = await signedIn(people, await register(people));
    const other = await memberOf(person.userId, 'Second');
    const { activeOrganizationId, organizations } = await describePerson(person);
    expect(organizations.map(({ name, role }) => [name, role])).toEqual([
      ['Corner Coffee', 'owner'],
      ['Second', 'viewer'],
    ]);
    expect(activeOrganizationId).toBe(organizations[0]?.id);
    await switchOrganization(person, { organizationId: showId('organization', other) });
    expect(await activeOf(person.sessionId)).toBe(other);
    await switchOrganization(person, { organizationId: null });
    expect(await activeOf(person.sessionId)).toBe(null);
  });

  it('is none that somebody is no member of, and answers alike for one that is not there', async () => {
    const person = await signedIn(people, await register(people));
    const stranger = await signedIn(people, await register(people));
    const before = await activeOf(person.sessionId);
    const theirs = (await activeOf(stranger.sessionId)) as string;
    const suspended = await memberOf(person.userId, 'Suspended');
    await people.rows(`update identity.organizations set status = 'suspended' where id = $1`, [suspended]);
    for (const id of [theirs, randomUUID(), suspended]
      .map((uuid) => showId('organization', uuid))
      .concat('org_1', '')) {
      await expect(switchOrganization(person, { organizationId: id })).rejects.toMatchObject({
        code: 'not_found',
        message: 'No such object.',
      });
    }
    expect(await activeOf(person.sessionId)).toBe(before);
    expect((await describePerson(person)).organizations.map(({ name }) => name)).not.toContain('Suspended');
  });

  it('ends with the membership', async () => {
    const person = await signedIn(people, await register(people));
    const other = await memberOf(person.userId, 'Second');
    await switchOrganization(person, { organizationId: showId('organization', other) });
    await people.rows('delete from identity.members where org_id = $1 and user_id = $2', [other, person.userId]);
    expect(await activeOf(person.sessionId)).toBe(null);
    expect(await describePerson(person)).toMatchObject({ activeOrganizationId: null });
  });

  it('is never one that the membership of ended in the same moment', async () => {
    const person = await signedIn(people, await register(people));
    for (let round = 0; round < 20; round += 1) {
      const other = await memberOf(person.userId, `Round ${round}`);
      const [switched] = await Promise.allSettled([
        switchOrganization(person, { organizationId: showId('organization', other) }),
        people.rows('delete from identity.members where org_id = $1 and user_id = $2', [other, person.userId]),
      ]);
      if (switched.status === 'rejected') expect(switched.reason).toMatchObject({ code: 'not_found' });
      expect(await activeOf(person.sessionId)).not.toBe(other);
    }
  });
});

describe('people and their secrets', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
    await signedIn(people, await register(people));
  });

  const closed = ['users', 'accounts', 'sessions', 'verifications', 'two_factors', 'jwks'];

  it.each(closed)('identity.%s is closed to every login but the one that knows people', async (table) => {
    for (const login of ['api', 'worker', 'system', 'consumer'] as const) {
      const { pool } = people.database[login];
      for (const statement of [`select from identity.${table}`, `delete from identity.${table}`]) {
        await expect(pool.query(statement), login).rejects.toMatchObject({ code: '42501' });
      }
    }
  });

  it('are all that login sees: no wallet, sale, credential or record', async () => {
    const { pool } = people.database.identity;
    for (const table of [
      'ledger.accounts',
      'loyalty.customers',
      'sync.credentials',
      'inbox.events',
      'identity.api_keys',
      'audit.records',
    ]) {
      await expect(pool.query(`select from ${table}`), table).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('leave no password in the database', async () => {
    const rows = await people.rows('select * from identity.accounts, identity.users, identity.sessions');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(password);
  });

  it('let nobody in who is suspended in the same moment', async () => {
    for (let round = 0; round < 8; round += 1) {
      const email = await register(people);
      const signing = signIn({ ...people.identity, browser: new TestBrowser() }, { email, password }).catch(
        ({ code }) => code,
      );
      await people.rows(`select pg_sleep(random() * 0.15)`);
      await people.rows(`update identity.users set status = 'suspended' where email = $1`, [email]);
      await people.rows(
        'delete from identity.sessions s using identity.users u where u.id = s.user_id and u.email = $1',
        [email],
      );
      await signing;
      const left = 'select from identity.sessions s join identity.users u on u.id = s.user_id where u.email = $1';
      expect(await people.rows(left, [email])).toEqual([]);
    }
  });
});
