import { showId } from '@tributary/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeyTrade } from '../api-key/api-key.fixture.ts';
import { acceptInvitation } from '../invitation/answer-invitation.ts';
import { createInvitation } from '../invitation/create-invitation.ts';
import { untilSomebodyWaits } from '../member/people.fixture.ts';
import { eraseAccount } from './erase-account.ts';
import { codeOf, newFounder, type People, password, startPeople } from './people.fixture.ts';
import type { SignedIn } from './session.ts';

const now = new Date();
/** What an erasure comes to last. */
const holdsTheEnd = 'select from identity.accounts where user_id = $1 for update';

describe('who asks to be forgotten while something else happens to their organization', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  const erase = (person: SignedIn) => eraseAccount(person, { password });

  /** Does `work` while another transaction that has run the statement has not yet committed. */
  async function meanwhile(statement: string, values: unknown[], work: () => Promise<void>): Promise<void> {
    const other = await people.database.identity.pool.connect();
    try {
      await other.query('begin');
      await other.query(statement, values);
      await work();
    } finally {
      await other.query('commit');
      other.release();
    }
  }

  it('stays the owner for who joins in that moment and is first', async () => {
    const { person, firm } = await newFounder(people);
    const { person: joining } = await newFounder(people);
    let erased = Promise.resolve('');
    const joins = `insert into identity.members (org_id, user_id, role) values ($1, $2, 'viewer')`;
    await meanwhile(joins, [firm.orgId, joining.userId], async () => {
      erased = codeOf(erase(person));
      await untilSomebodyWaits(people.database);
    });
    expect(await erased).toBe('owner_stays');
    expect(await firm.owners()).toEqual([person.userId]);
  });

  it('leaves nobody to join what is closed in that moment', async () => {
    const { person, firm, actor } = await newFounder(people);
    const { person: invited, email } = await newFounder(people);
    const { invitation } = await firm.run((tx) => createInvitation({ tx, actor, now }, { email, role: 'viewer' }));
    const joining = {
      database: people.database.identity,
      actor: showId('user', invited.userId),
      now,
      client: undefined,
    };
    let [erased, joined] = [Promise.resolve(''), Promise.resolve('')];
    await meanwhile(holdsTheEnd, [person.userId], async () => {
      erased = codeOf(erase(person));
      await untilSomebodyWaits(people.database);
      joined = codeOf(acceptInvitation(joining, { invitationId: invitation.id }));
      await untilSomebodyWaits(people.database, 2);
    });
    expect([await erased, await joined]).toEqual(['done', 'invitation_closed']);
    expect(await firm.roles()).toEqual({});
  });

  it('finds the key that is made in that moment, and ends it too', async () => {
    const { person, firm, actor } = await newFounder(people);
    const keys = new KeyTrade(people.database, firm.orgId);
    const hold = 'select from identity.organizations where id = $1 for no key update';
    let [made, erased]: [Promise<{ id: string }>, Promise<string>] = [Promise.resolve({ id: '' }), Promise.resolve('')];
    await meanwhile(hold, [firm.orgId], async () => {
      made = keys.create({}, { actor });
      await untilSomebodyWaits(people.database);
      erased = codeOf(erase(person));
      await untilSomebodyWaits(people.database, 2);
    });
    const { id } = await made;
    expect([await erased, (await keys.row(id)).revoked_at]).toEqual(['done', expect.any(Date)]);
  });

  it('makes no key in that moment, when they come second', async () => {
    const { person, firm, actor } = await newFounder(people);
    const keys = new KeyTrade(people.database, firm.orgId);
    let [erased, made] = [Promise.resolve(''), Promise.resolve('')];
    await meanwhile(holdsTheEnd, [person.userId], async () => {
      erased = codeOf(erase(person));
      await untilSomebodyWaits(people.database);
      made = codeOf(keys.create({}, { actor }));
      await untilSomebodyWaits(people.database, 2);
    });
    expect([await erased, await made, await keys.list()]).toEqual(['done', 'forbidden', []]);
  });
});
