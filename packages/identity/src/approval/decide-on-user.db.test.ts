import { randomUUID } from 'node:crypto';
import { withSystem } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { createUser, Firm, type User, untilSomebodyWaits } from '../member/people.fixture.ts';
import { decideOnUser } from './decide-on-user.ts';
import { listWaitingUsers } from './list-waiting-users.ts';
import { decision, type UserStatus, userStatus } from './status.ts';

const now = new Date('2026-11-21T12:00:00Z');

/** Where each decision leads from each state, written down again; what is not here is refused. */
const leads: Readonly<Record<string, UserStatus>> = {
  'pending_approval approve': 'active',
  'pending_approval suspend': 'suspended',
  'active suspend': 'suspended',
  'suspended reinstate': 'active',
};
const cases = userStatus.options.flatMap((from) => decision.options.map((decision) => ({ from, decision })));

describe('the status of a user', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const decide = (user: { id: string }, wanted: (typeof decision.options)[number], reason = 'looked at') =>
    withSystem(database.identity, (tx) =>
      decideOnUser({ tx, actor: 'platform:ann', now }, { userId: user.id, decision: wanted, reason }),
    );
  const statusOf = async ({ id }: User) =>
    (await database.superuser.query('select status from identity.users where id = $1', [id])).rows[0].status;
  const beginSession = ({ id }: User) =>
    database.identity.pool.query(
      `insert into identity.sessions (token, user_id, expires_at) values ($1, $2, now() + interval '1 day')`,
      [randomUUID(), id],
    );
  const sessionsOf = async ({ id }: User) =>
    (await database.superuser.query('select from identity.sessions where user_id = $1', [id])).rows.length;
  const onRecord = async ({ id }: User) =>
    (
      await database.superuser.query(
        'select actor, from_status, to_status, reason, created_at from identity.status_changes where user_id = $1 order by id',
        [id],
      )
    ).rows;

  it.each(cases)('S1-012 S1-013 of who is $from, after the decision to $decision', async ({ from, decision }) => {
    const user = await createUser(database, { status: from });
    const to = leads[`${from} ${decision}`];
    if (to === undefined) {
      await expect(decide(user, decision)).rejects.toMatchObject({ code: 'conflict' });
      expect(await onRecord(user)).toEqual([]);
    } else {
      expect(await decide(user, decision)).toEqual({ userId: user.id, status: to, sessionsEnded: 0 });
    }
    expect(await statusOf(user)).toBe(to ?? from);
  });

  it('is nothing for who does not exist, and is not decided without a reason', async () => {
    await expect(decide({ id: randomUUID() }, 'suspend')).rejects.toMatchObject({ code: 'not_found' });
    await expect(decide(await createUser(database), 'suspend', ' ')).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });

  it('when it ends, ends every session, and no other is begun', async () => {
    const [user, other] = [await createUser(database), await createUser(database)];
    for (const one of [user, user, other]) await beginSession(one);
    expect(await decide(user, 'suspend')).toMatchObject({ sessionsEnded: 2 });
    await expect(beginSession(user)).rejects.toMatchObject({ code: '23514', constraint: 'only_for_active' });
    expect([await sessionsOf(user), await sessionsOf(other)]).toEqual([0, 1]);
    await decide(user, 'reinstate');
    await beginSession(user);
    expect(await sessionsOf(user)).toBe(1);
  });

  it('leaves no session to who signs in the moment they are suspended', async () => {
    const user = await createUser(database);
    let begun: Promise<unknown> = Promise.resolve();
    await withSystem(database.identity, async (tx) => {
      await decideOnUser(
        { tx, actor: 'platform:ann', now },
        { userId: user.id, decision: 'suspend', reason: 'looked at' },
      );
      begun = expect(beginSession(user)).rejects.toMatchObject({ constraint: 'only_for_active' });
      await untilSomebodyWaits(database);
    });
    await begun;
    expect(await sessionsOf(user)).toBe(0);
  });

  it('leaves none either to who has signed in and not yet committed when they are', async () => {
    const user = await createUser(database);
    let suspended: Promise<unknown> = Promise.resolve();
    await withSystem(database.identity, async (tx) => {
      await tx.query(
        `insert into identity.sessions (token, user_id, expires_at) values ($1, $2, now() + interval '1 day')`,
        [randomUUID(), user.id],
      );
      suspended = decide(user, 'suspend');
      await untilSomebodyWaits(database);
    });
    expect(await suspended).toMatchObject({ sessionsEnded: 1 });
    expect(await sessionsOf(user)).toBe(0);
  });

  it('S1-123 is on the record: of the platform with the reason, of each organization without', async () => {
    const firms = [await Firm.found(database), await Firm.found(database), await Firm.found(database)];
    const user = await createUser(database);
    for (const { orgId } of firms.slice(0, 2)) {
      await database.superuser.query(`insert into identity.members (org_id, user_id, role) values ($1, $2, 'owner')`, [
        orgId,
        user.id,
      ]);
    }
    await decide(user, 'suspend', 'sells stolen cards');
    await decide(user, 'reinstate', 'a mistake of ours');
    const by = { actor: 'platform:ann', created_at: now };
    expect(await onRecord(user)).toEqual([
      { ...by, from_status: 'active', to_status: 'suspended', reason: 'sells stolen cards' },
      { ...by, from_status: 'suspended', to_status: 'active', reason: 'a mistake of ours' },
    ]);
    const told = { actor: 'platform:ann', target_type: 'user', target_id: user.id };
    const [active, suspended] = [{ status: 'active' }, { status: 'suspended' }];
    const recorded = [
      { ...told, action: 'user.suspend', before: active, after: suspended, ip: null },
      { ...told, action: 'user.reinstate', before: suspended, after: active, ip: null },
    ];
    const found = [];
    for (const firm of firms) found.push(await firm.recorded());
    expect(found).toEqual([recorded, recorded, []]);
  });

  it('cannot be undecided: what was is never changed', async () => {
    const user = await createUser(database);
    await decide(user, 'suspend');
    for (const statement of [
      'update identity.status_changes set reason = reason',
      'delete from identity.status_changes',
      'truncate identity.status_changes',
    ]) {
      await expect(database.superuser.query(statement)).rejects.toMatchObject({ code: '42501' });
      await expect(database.identity.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('is asked of who waits longest first', async () => {
    const [first, second] = [
      await createUser(database, { status: 'pending_approval' }),
      await createUser(database, { status: 'pending_approval' }),
    ];
    const waiting = (await listWaitingUsers(database.identity)).filter(({ userId }) =>
      [first.id, second.id].includes(userId),
    );
    expect(waiting).toEqual(
      [first, second].map(({ id, email }) => ({
        userId: id,
        name: 'Somebody',
        email,
        emailVerified: true,
        since: expect.any(Date),
      })),
    );
    await decide(first, 'approve');
    expect((await listWaitingUsers(database.identity)).map(({ userId }) => userId)).not.toContain(first.id);
  });
});

describe('what the database tells at the door', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const asUser = async (
    login: 'api' | 'worker' | 'identity',
    userId: string | null,
    question: string,
    values: unknown[] = [],
  ) =>
    withSystem(database[login], async (tx) => {
      if (userId !== null) await tx.query(`select set_config('app.user_id', $1, true)`, [userId]);
      return tx.query<{ answer: unknown }>(`select ${question} as answer`, values);
    }).then((rows) => rows.map(({ answer }) => answer));

  it.each(['api', 'worker', 'identity'] as const)(
    'S0-023 S0-024 S2-075 to %s: what the person who is set is a member of',
    async (login) => {
      const [ours, theirs] = [await Firm.found(database), await Firm.found(database)];
      const ann = await ours.employ('owner');
      const bob = await theirs.employ('owner');
      await database.superuser.query(
        `insert into identity.members (org_id, user_id, role) values ($1, $2, 'finance')`,
        [theirs.orgId, ann.id],
      );
      const orgs = (userId: string | null) => asUser(login, userId, 'identity.user_orgs()');
      const isMember = (userId: string | null, { orgId }: Firm) =>
        asUser(login, userId, 'identity.is_org_member($1)', [orgId]);
      const hasRole = (userId: string | null, { orgId }: Firm, ...roles: string[]) =>
        asUser(login, userId, 'identity.has_org_role($1, $2)', [orgId, roles]);
      expect((await orgs(ann.id)).toSorted()).toEqual([ours.orgId, theirs.orgId].toSorted());
      expect(await orgs(bob.id)).toEqual([theirs.orgId]);
      expect([await isMember(ann.id, theirs), await isMember(bob.id, ours)]).toEqual([[true], [false]]);
      expect(await hasRole(ann.id, theirs, 'owner', 'admin')).toEqual([false]);
      expect(await hasRole(ann.id, theirs, 'owner', 'finance')).toEqual([true]);
      for (const nobody of [null, '', randomUUID()]) {
        expect(await orgs(nobody)).toEqual([]);
        expect([await isMember(nobody, ours), await hasRole(nobody, ours, 'owner')]).toEqual([[false], [false]]);
      }
    },
  );

  it('to nobody else', async () => {
    for (const login of ['system', 'consumer'] as const) {
      for (const question of [
        'identity.user_orgs()',
        'identity.is_org_member(uuidv7())',
        `identity.has_org_role(uuidv7(), '{owner}')`,
      ]) {
        await expect(database[login].pool.query(`select ${question}`)).rejects.toMatchObject({ code: '42501' });
      }
    }
  });

  it('of one person alone, even to who owns the functions', async () => {
    const firm = await Firm.found(database);
    await firm.employ('owner');
    const { superuser } = database;
    await superuser.query('begin; set local role member_reader');
    expect((await superuser.query('select org_id from identity.members')).rows).toEqual([]);
    await superuser.query('rollback');
  });
});
