import { beforeAll, describe, expect, it, vi } from 'vitest';
import { describePerson } from './describe-person.ts';
import { publicKeys } from './key-ring.ts';
import { type People, register, signedIn, startPeople } from './people.fixture.ts';
import { findSession, listSessions, type SignedIn, switchOrganization } from './session.ts';

describe('a request', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  /** What the database is asked for meanwhile, as the login that knows people, whether in a transaction or not. */
  async function asked(work: () => Promise<unknown>): Promise<string[]> {
    const client = await people.database.identity.pool.connect();
    const queries = vi.spyOn(Object.getPrototypeOf(client), 'query');
    client.release();
    await work();
    const statements = queries.mock.calls.map(([query]) => String((query as { text?: string }).text ?? query));
    queries.mockRestore();
    return statements;
  }

  it('without a cookie that we signed costs no statement, whoever’s name and token are in it', async () => {
    const { browser } = await signedIn(people, await register(people));
    const [name = '', value = ''] = browser.cookie.split('=');
    const signed = decodeURIComponent(value);
    const [token = '', signature = ''] = signed.split('.');
    const others = people.identityWith({ secrets: [{ version: 1, value: 'u'.repeat(38) }] });
    const elsewhere = (await signedIn({ ...people, identity: others }, await register(people))).browser.cookie;
    const forged = [
      '',
      'theme=dark',
      name,
      `${name}=`,
      `${name}=${token}`,
      `${name}=.${encodeURIComponent(signature)}`,
      `${name}=${token}.${'A'.repeat(43)}%3D`,
      `${name}=x${value}`,
      `${name}=${encodeURIComponent(`${token}.${signature.replace('=', '')}`)}`,
      `${name}=${encodeURIComponent(`${signed}=`)}`,
      `${name}=%E0%A4%A`,
      `x${browser.cookie}`,
      elsewhere,
    ];
    for (const cookie of forged) {
      const found: unknown[] = [];
      const statements = await asked(async () => found.push(await findSession(people.identity, cookie)));
      expect([cookie, found, statements]).toEqual([cookie, [null], []]);
    }
    expect(await findSession(people.identity, `theme=dark; ${browser.cookie}`)).not.toBeNull();
  });

  it.each([
    ['who asks', (one: SignedIn) => findSession(people.identity, one.browser.cookie)],
    ['a description of who is signed in', describePerson],
    ['a list of sessions', listSessions],
    ['another organization', (one: SignedIn) => switchOrganization(one, { organizationId: null })],
    ['the keys of tokens', () => publicKeys(people.identity)],
  ])('for %s is one statement: one round trip', async (_what, ask) => {
    const person = await signedIn(people, await register(people));
    expect(await asked(() => ask(person))).toHaveLength(1);
  });

  it.each([
    ['has ended', 'update identity.sessions set expires_at = now() where id = $1'],
    ['was ended', 'delete from identity.sessions where id = $1'],
    [
      'is of somebody suspended',
      `update identity.users set status = 'suspended' where id = (select user_id from identity.sessions where id = $1)`,
    ],
  ])('with the cookie of a session that %s is nobody’s', async (_what, change) => {
    const { browser, sessionId } = await signedIn(people, await register(people));
    expect(await findSession(people.identity, browser.cookie)).toMatchObject({ sessionId });
    await people.rows(change, [sessionId]);
    expect(await findSession(people.identity, browser.cookie)).toBeNull();
  });
});
