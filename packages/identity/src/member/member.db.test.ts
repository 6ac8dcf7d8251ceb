import { randomUUID } from 'node:crypto';
import { readId, showId } from '@tributary/core/ids';
import { type MemberRole, memberRole } from '@tributary/core/role';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeRole } from './change-role.ts';
import { listMembers } from './list-members.ts';
import { type Colleague, createUser, Firm } from './people.fixture.ts';
import { leave, removeMember } from './remove-member.ts';
import { transferOwnership } from './transfer-ownership.ts';

const staff = ['finance', 'analyst', 'operator', 'viewer'] as const;
/** Whom each may change and remove, written down again. */
const manages: Readonly<Record<MemberRole, readonly MemberRole[]>> = {
  owner: ['admin', ...staff],
  admin: staff,
  finance: [],
  analyst: [],
  operator: [],
  viewer: [],
};
const pairs = memberRole.options.flatMap((by) => memberRole.options.map((of) => ({ by, of })));

describe('members', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** One of each role, and a second of those there may be two of. */
  async function crew() {
    const firm = await Firm.found(database);
    const one = {} as Record<MemberRole, Colleague>;
    for (const role of memberRole.options) one[role] = await firm.employ(role);
    const other = { ...one };
    for (const role of memberRole.options.slice(1)) other[role] = await firm.employ(role);
    return { firm, one, other };
  }
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      ({ code }) => code,
    );

  it('S1-025 S1-029 are listed with name, address and role, who joined last first, page by page', async () => {
    const { firm, one, other } = await crew();
    await (await Firm.found(database)).employ('owner');
    const context = { database: database.identity, orgId: firm.orgId };
    const first = await listMembers(context, { limit: 6 });
    const after = first.at(-1)?.position ?? '';
    const members = [...first, ...(await listMembers(context, { limit: 6, after }))].map(({ item }) => item);
    const { viewer, owner } = { ...one, viewer: other.viewer };
    expect(members).toHaveLength(11);
    expect(new Set(members.map(({ id }) => id)).size).toBe(11);
    expect(members[0]).toEqual({
      id: viewer.memberId,
      userId: viewer.actor,
      name: 'Somebody',
      email: viewer.email,
      role: 'viewer',
      joinedAt: expect.any(String),
    });
    expect(members.at(-1)).toMatchObject({ id: owner.memberId, role: 'owner' });
  });

  it.each(pairs)(
    'a member who is $by changes or removes one who is $of: only when it is theirs to',
    async ({ by, of }) => {
      const { firm, one, other } = await crew();
      const acting = { actor: one[by].actor };
      const { memberId } = other[of];
      const may = manages[by].includes(of) ? 'done' : 'forbidden';
      const to = of === 'viewer' ? 'analyst' : 'viewer';
      expect(await outcome(firm.run((tx) => changeRole({ tx, ...acting }, { memberId, role: to })))).toBe(may);
      expect((await firm.roles())[other[of].id]).toBe(may === 'done' ? to : of);
      expect(await outcome(firm.run((tx) => removeMember({ tx, ...acting }, { memberId })))).toBe(may);
      expect(other[of].id in (await firm.roles())).toBe(may !== 'done');
    },
  );

  it.each(['owner', 'admin'] as const)(
    'S1-030 a member who is %s makes nobody more than is theirs to make',
    async (by) => {
      const { firm, one, other } = await crew();
      const { memberId } = other.viewer;
      const give = (role: never) => firm.run((tx) => changeRole({ tx, actor: one[by].actor }, { memberId, role }));
      expect(await outcome(give('owner' as never))).toBe('validation_failed');
      expect(await outcome(give('admin' as never))).toBe(by === 'owner' ? 'done' : 'forbidden');
      expect(await firm.owners()).toEqual([one.owner.id]);
    },
  );

  it('nobody changes or removes themself', async () => {
    const { firm, one } = await crew();
    for (const { actor, memberId } of Object.values(one)) {
      expect(await outcome(firm.run((tx) => changeRole({ tx, actor }, { memberId, role: 'viewer' })))).toBe(
        'forbidden',
      );
      expect(await outcome(firm.run((tx) => removeMember({ tx, actor }, { memberId })))).toBe('forbidden');
    }
    expect(Object.keys(await firm.roles())).toHaveLength(11);
  });

  it('what a token says does not help who is no longer it', async () => {
    const { firm, one, other } = await crew();
    const former = { ...(await createUser(database)), memberId: other.viewer.memberId };
    const key = showId('apiKey', randomUUID());
    await firm.run((tx) =>
      changeRole({ tx, actor: one.owner.actor }, { memberId: one.admin.memberId, role: 'viewer' }),
    );
    await database.superuser.query(`update identity.users set status = 'suspended' where id = $1`, [other.admin.id]);
    for (const actor of [former.actor, former.id, key, 'nobody', one.admin.actor, other.admin.actor]) {
      expect(await outcome(firm.run((tx) => removeMember({ tx, actor }, { memberId: former.memberId })))).toBe(
        'forbidden',
      );
    }
  });

  it('of another organization are as those who do not exist', async () => {
    const { firm, one } = await crew();
    const stranger = await (await Firm.found(database)).employ('viewer');
    const { actor } = one.owner;
    for (const memberId of [stranger.memberId, showId('member', randomUUID()), 'mem_x', stranger.actor]) {
      for (const ask of [
        () => firm.run((tx) => changeRole({ tx, actor }, { memberId, role: 'viewer' })),
        () => firm.run((tx) => removeMember({ tx, actor }, { memberId })),
        () => firm.run((tx) => transferOwnership({ tx, actor }, { memberId })),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: 'not_found', message: 'No such object.' });
      }
    }
  });

  it('leave, and their sessions are at work nowhere then', async () => {
    const { firm, one } = await crew();
    const { rows } = await database.superuser.query(
      `insert into identity.sessions (token, user_id, active_org_id, expires_at) values ($1, $2, $3, now() + interval '1 day') returning id`,
      [randomUUID(), one.viewer.id, firm.orgId],
    );
    await firm.run((tx) => leave({ tx, actor: one.viewer.actor }, {}));
    const session = await database.superuser.query('select active_org_id from identity.sessions where id = $1', [
      rows[0].id,
    ]);
    expect(session.rows).toEqual([{ active_org_id: null }]);
    expect(await outcome(firm.run((tx) => leave({ tx, actor: one.viewer.actor }, {})))).toBe('forbidden');
  });

  it('but for the owner, who stays', async () => {
    const { firm, one } = await crew();
    expect(await outcome(firm.run((tx) => leave({ tx, actor: one.owner.actor }, {})))).toBe('owner_stays');
    expect(await firm.owners()).toEqual([one.owner.id]);
  });

  it('get ownership from the owner, who is an admin then', async () => {
    const { firm, one } = await crew();
    const passed = await firm.run((tx) =>
      transferOwnership({ tx, actor: one.owner.actor }, { memberId: one.viewer.memberId }),
    );
    expect(passed).toMatchObject({ id: one.viewer.memberId, role: 'owner' });
    expect(await firm.roles()).toMatchObject({ [one.viewer.id]: 'owner', [one.owner.id]: 'admin' });
    const again = firm.run((tx) => transferOwnership({ tx, actor: one.owner.actor }, { memberId: one.admin.memberId }));
    expect(await outcome(again)).toBe('forbidden');
  });

  it('do not get it from others, nor from themselves, nor while they are suspended', async () => {
    const { firm, one, other } = await crew();
    const pass = (actor: string, memberId: string) =>
      outcome(firm.run((tx) => transferOwnership({ tx, actor }, { memberId })));
    for (const role of memberRole.options.slice(1)) {
      expect(await pass(one[role].actor, other.viewer.memberId)).toBe('forbidden');
    }
    expect(await pass(one.owner.actor, one.owner.memberId)).toBe('conflict');
    const suspended = await firm.employ('admin', { status: 'suspended' });
    expect(await pass(one.owner.actor, suspended.memberId)).toBe('conflict');
    expect(await firm.owners()).toEqual([one.owner.id]);
  });

  it('are on the record, with who did it and from where', async () => {
    const { firm, one, other } = await crew();
    const acting = { actor: one.owner.actor, client: { address: '192.0.2.7', userAgent: null } };
    await firm.run((tx) => changeRole({ tx, ...acting }, { memberId: other.viewer.memberId, role: 'admin' }));
    await firm.run((tx) => changeRole({ tx, ...acting }, { memberId: other.viewer.memberId, role: 'admin' }));
    await firm.run((tx) => removeMember({ tx, ...acting }, { memberId: one.finance.memberId }));
    await firm.run((tx) => leave({ tx, actor: one.analyst.actor }, {}));
    await firm.run((tx) => transferOwnership({ tx, ...acting }, { memberId: one.admin.memberId }));
    const by = { actor: one.owner.actor, ip: '192.0.2.7' };
    const idOf = ({ memberId }: Colleague) => ({ target_type: 'member', target_id: readId('member', memberId) });
    expect(await firm.recorded()).toEqual([
      {
        ...by,
        action: 'member.change_role',
        ...idOf(other.viewer),
        before: { role: 'viewer' },
        after: { role: 'admin' },
      },
      { ...by, action: 'member.remove', ...idOf(one.finance), before: { role: 'finance' }, after: null },
      {
        actor: one.analyst.actor,
        ip: null,
        action: 'member.leave',
        ...idOf(one.analyst),
        before: { role: 'analyst' },
        after: null,
      },
      {
        ...by,
        action: 'organization.transfer',
        target_type: 'organization',
        target_id: firm.orgId,
        before: { owner: one.owner.memberId },
        after: { owner: one.admin.memberId },
      },
    ]);
  });
});
