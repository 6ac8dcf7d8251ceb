import { randomUUID } from 'node:crypto';
import { readId, showId } from '@tributary/core/ids';
import type { MemberRole } from '@tributary/core/role';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeRole } from '../member/change-role.ts';
import { type Colleague, createUser, Firm, type User } from '../member/people.fixture.ts';
import { removeMember } from '../member/remove-member.ts';
import { givenRole } from '../member/role.ts';
import { transferOwnership } from '../member/transfer-ownership.ts';
import { acceptInvitation, rejectInvitation } from './answer-invitation.ts';
import { cancelInvitation } from './cancel-invitation.ts';
import { createInvitation } from './create-invitation.ts';
import { listInvitations } from './list-invitations.ts';
import { listOwnInvitations } from './list-own-invitations.ts';

const now = new Date('2026-11-21T12:00:00Z');
const days = (count: number) => new Date(now.getTime() + count * 86_400_000);
type GivenRole = (typeof givenRole.options)[number];

describe('invitations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function office() {
    const firm = await Firm.found(database);
    const [owner, admin] = [await firm.employ('owner'), await firm.employ('admin')];
    return { firm, owner, admin };
  }
  const invite = (firm: Firm, { actor }: User, email: string, role: GivenRole = 'analyst', at = now) =>
    firm.run((tx) => createInvitation({ tx, actor, now: at }, { email, role })).then(({ invitation }) => invitation);
  const cancel = (firm: Firm, { actor }: User, invitationId: string) =>
    firm.run((tx) => cancelInvitation({ tx, actor }, { invitationId }));
  const as = ({ actor }: User, at = now) => ({ database: database.identity, actor, now: at });
  const accept = (user: User, invitationId: string, at?: Date) => acceptInvitation(as(user, at), { invitationId });
  const reject = (user: User, invitationId: string, at?: Date) => rejectInvitation(as(user, at), { invitationId });
  const waiting = async (firm: Firm) =>
    (await listInvitations({ database: database.identity, orgId: firm.orgId }, { limit: 100 })).map(({ item }) => item);
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      ({ code }) => code,
    );

  it('make whoever proves to own the address a member, in the role they were invited in', async () => {
    const { firm, owner } = await office();
    const user = await createUser(database);
    const invitation = await invite(firm, owner, ` ${user.email.toUpperCase()}`, 'finance');
    expect(invitation).toEqual({
      id: expect.stringMatching(/^inv_/),
      email: user.email,
      role: 'finance',
      invitedBy: owner.actor,
      createdAt: expect.any(String),
      expiresAt: days(7).toISOString(),
    });
    expect(await waiting(firm)).toEqual([invitation]);
    const [own] = await listOwnInvitations(as(user), { limit: 10 });
    expect(own?.item).toMatchObject({
      id: invitation.id,
      role: 'finance',
      organization: { name: expect.stringMatching(/^org /) },
    });
    expect(await accept(user, invitation.id)).toEqual(own?.item);
    expect((await firm.roles())[user.id]).toBe('finance');
    expect(await waiting(firm)).toEqual([]);
    expect(await listOwnInvitations(as(user), { limit: 10 })).toEqual([]);
  });

  it.each([
    ['somebody else', {}],
    ['who has not proven to own the address', { isVerified: false }],
    ['who is suspended', { status: 'suspended' }],
    ['who waits to be approved', { status: 'pending_approval' }],
  ])('are not there for %s', async (_who, account) => {
    const { firm, owner } = await office();
    const user = await createUser(database, account);
    const address = 'isVerified' in account || 'status' in account ? user.email : `${randomUUID()}@example.com`;
    const { id } = await invite(firm, owner, address);
    const nothing = { code: 'not_found', message: 'No such object.' };
    await expect(accept(user, id)).rejects.toMatchObject(nothing);
    await expect(reject(user, id)).rejects.toMatchObject(nothing);
    await expect(accept(user, showId('invitation', randomUUID()))).rejects.toMatchObject(nothing);
    expect(await listOwnInvitations(as(user), { limit: 10 })).toEqual([]);
    expect(await waiting(firm)).toHaveLength(1);
  });

  it('are not answered by an API key, nor by who is nobody', async () => {
    const { firm, owner } = await office();
    const { id } = await invite(firm, owner, 'somebody@example.com');
    for (const actor of [showId('apiKey', randomUUID()), 'nobody']) {
      await expect(acceptInvitation({ ...as(owner), actor }, { invitationId: id })).rejects.toMatchObject({
        code: 'not_found',
      });
    }
  });

  it('wait seven days', async () => {
    const { firm, owner } = await office();
    const user = await createUser(database);
    const { id } = await invite(firm, owner, user.email);
    expect(await outcome(accept(user, id, days(7)))).toBe('invitation_expired');
    expect(await outcome(reject(user, id, days(7)))).toBe('invitation_expired');
    expect(await listOwnInvitations(as(user, days(7)), { limit: 10 })).toEqual([]);
    expect(await outcome(accept(user, id, new Date(days(7).getTime() - 1)))).toBe('done');
  });

  it('are one for an address: who is invited again has the same for seven days more, in the role asked for now', async () => {
    const { firm, owner, admin } = await office();
    const user = await createUser(database);
    const first = await invite(firm, owner, user.email, 'viewer');
    const again = await invite(firm, admin, user.email, 'operator', days(8));
    expect(again).toEqual({ ...first, role: 'operator', invitedBy: admin.actor, expiresAt: days(15).toISOString() });
    expect(await waiting(firm)).toEqual([again]);
    expect(await accept(user, first.id, days(9))).toMatchObject({ role: 'operator' });
  });

  it('are not for who is a member', async () => {
    const { firm, owner, admin } = await office();
    expect(await outcome(invite(firm, owner, admin.email.toUpperCase()))).toBe('already_member');
    const user = await createUser(database);
    const { id } = await invite(firm, owner, user.email);
    await database.superuser.query('insert into identity.members (org_id, user_id, role) values ($1, $2, $3)', [
      firm.orgId,
      user.id,
      'viewer',
    ]);
    expect(await outcome(accept(user, id))).toBe('already_member');
    expect((await firm.roles())[user.id]).toBe('viewer');
  });

  it.each(['no address', 'a@b', 'a b@example.com', ''])('go to addresses, and %j is none', async (email) => {
    const { firm, owner } = await office();
    expect(await outcome(invite(firm, owner, email))).toBe('validation_failed');
  });

  it.each([
    ['owner', givenRole.options],
    ['admin', ['finance', 'analyst', 'operator', 'viewer']],
    ['finance', []],
    ['analyst', []],
    ['operator', []],
    ['viewer', []],
  ] as [MemberRole, GivenRole[]][])('a member who is %s sends and takes back those to %j', async (by, may) => {
    const firm = await Firm.found(database);
    const owner = await firm.employ('owner');
    const inviter = by === 'owner' ? owner : await firm.employ(by);
    for (const role of givenRole.options) {
      const allowed = may.includes(role) ? 'done' : 'forbidden';
      expect(await outcome(invite(firm, inviter, `${randomUUID()}@example.com`, role))).toBe(allowed);
      const { id, email } = await invite(firm, owner, `${randomUUID()}@example.com`, role);
      // Nor made less by being sent again.
      expect(await outcome(invite(firm, inviter, email, 'viewer'))).toBe(allowed);
      const { id: other } = await invite(firm, owner, `${randomUUID()}@example.com`, role);
      expect(await outcome(cancel(firm, inviter, other))).toBe(allowed);
      expect((await waiting(firm)).map((one) => one.id)).toContain(id);
    }
    expect(await outcome(invite(firm, inviter, 'a@example.com', 'owner' as GivenRole))).toBe('validation_failed');
  });

  it('are taken back once, and by nobody else', async () => {
    const { firm, owner } = await office();
    const other = await office();
    const user = await createUser(database);
    const { id } = await invite(firm, owner, user.email);
    expect(await outcome(cancel(other.firm, other.owner, id))).toBe('not_found');
    expect(await outcome(cancel(firm, owner, id))).toBe('done');
    expect(await outcome(cancel(firm, owner, id))).toBe('invitation_closed');
    expect(await outcome(accept(user, id))).toBe('not_found');
    expect(user.id in (await firm.roles())).toBe(false);
  });

  it('are turned down, and can be sent again', async () => {
    const { firm, owner } = await office();
    const user = await createUser(database);
    const { id } = await invite(firm, owner, user.email);
    expect(await reject(user, id)).toMatchObject({ id });
    expect(await outcome(accept(user, id))).toBe('not_found');
    const again = await invite(firm, owner, user.email);
    expect(again.id).not.toBe(id);
    expect(await outcome(accept(user, again.id))).toBe('done');
  });

  it('are taken back with the membership, or the role, of who sent them', async () => {
    const { firm, owner } = await office();
    const inviters: Colleague[] = [await firm.employ('admin'), await firm.employ('admin')];
    for (const inviter of inviters) await invite(firm, inviter, `${randomUUID()}@example.com`);
    const kept = await invite(firm, owner, `${randomUUID()}@example.com`);
    const [removed, demoted] = inviters.map(({ memberId }) => memberId) as [string, string];
    await firm.run((tx) => removeMember({ tx, actor: owner.actor }, { memberId: removed }));
    await firm.run((tx) => changeRole({ tx, actor: owner.actor }, { memberId: demoted, role: 'viewer' }));
    expect(await waiting(firm)).toEqual([kept]);
  });

  it('of admins are taken back when who sent them passes the organization on; others stay', async () => {
    const { firm, owner, admin } = await office();
    await invite(firm, owner, `${randomUUID()}@example.com`, 'admin');
    const kept = await invite(firm, owner, `${randomUUID()}@example.com`, 'viewer');
    await firm.run((tx) => transferOwnership({ tx, actor: owner.actor }, { memberId: admin.memberId }));
    expect(await waiting(firm)).toEqual([kept]);
  });

  it('take a place of the plan each, until they expire', async () => {
    const { firm, owner } = await office();
    await database.superuser.query(`update identity.organizations set plan = 'free' where id = $1`, [firm.orgId]);
    const user = await createUser(database);
    const { id } = await invite(firm, owner, user.email);
    expect(await outcome(invite(firm, owner, 'fourth@example.com'))).toBe('plan_limit_reached');
    expect(await outcome(invite(firm, owner, user.email))).toBe('done');
    expect(await waiting(firm)).toHaveLength(1);
    expect(await outcome(accept(user, id))).toBe('done');
    expect(await outcome(invite(firm, owner, 'fourth@example.com'))).toBe('plan_limit_reached');
    const roomy = await office();
    await database.superuser.query(`update identity.organizations set plan = 'free' where id = $1`, [roomy.firm.orgId]);
    await invite(roomy.firm, roomy.owner, 'third@example.com');
    expect(await outcome(invite(roomy.firm, roomy.owner, 'fourth@example.com', 'viewer', days(7)))).toBe('done');
  });

  it('are on the record without anybody’s address', async () => {
    const { firm, owner } = await office();
    const [user, other] = [await createUser(database), await createUser(database)];
    const accepted = await invite(firm, owner, user.email);
    await accept(user, accepted.id);
    const rejected = await invite(firm, owner, other.email);
    await reject(other, rejected.id);
    const canceled = await invite(firm, owner, other.email);
    await cancel(firm, owner, canceled.id);
    const recorded = await firm.recorded();
    const about = ({ id }: { id: string }) => ({ target_type: 'invitation', target_id: readId('invitation', id) });
    const role = 'analyst';
    const created = {
      action: 'invitation.create',
      actor: owner.actor,
      before: null,
      after: { role, expiresAt: days(7).toISOString() },
    };
    expect(recorded).toMatchObject([
      { ...created, ...about(accepted) },
      {
        action: 'invitation.accept',
        actor: user.actor,
        ...about(accepted),
        after: { member: expect.stringMatching(/^mem_/), role },
      },
      { ...created, ...about(rejected) },
      { action: 'invitation.reject', actor: other.actor, ...about(rejected), before: { role } },
      { ...created, ...about(canceled) },
      { action: 'invitation.cancel', actor: owner.actor, ...about(canceled), before: { role } },
    ]);
    expect(JSON.stringify(recorded)).not.toContain('@');
  });
});
