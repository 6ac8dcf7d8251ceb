import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import type { MemberRole } from '@tributary/core/role';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { emailAddress } from '../member/email-address.ts';
import { assertManages, lockParties, type Party } from '../member/parties.ts';
import { givenRole } from '../member/role.ts';
import { assertWithinPlan } from '../plan/assert-within-plan.ts';
import { type Invitation, invitationMs, serializeInvitation } from './invitation.ts';

export const newInvitation = z.strictObject({
  email: emailAddress.describe('Whoever proves to own it may accept.'),
  role: givenRole.describe('An admin is invited by the owner alone.'),
});

interface InvitingContext extends ActingContext {
  now: Date;
}

/** An invitation, and what its mail has to say beside. */
interface Invited {
  invitation: Invitation;
  /** Its name. */
  organization: string;
}

/**
 * Invites an address, for seven days. Who was invited and has not answered is invited again: the same invitation with another end, and
 * the role that is asked for now. Whether somebody has an account under the address is not told.
 * @throws AppError `forbidden` for a role that is not the actor's to give; `already_member`; `plan_limit_reached`; `validation_failed`
 */
export const createInvitation = verb(
  newInvitation,
  async ({ tx, actor, client, now }: InvitingContext, { email, role }): Promise<Invited> => {
    const { self } = await lockParties(tx, actor, null);
    assertManages(self, role);
    await assertNoMember(tx, email);
    const before = await pendingRole(tx, self, email);
    const invitation = await upsert(tx, { email, role, inviterId: self.userId, now });
    await assertWithinPlan(tx, 'members', () => countSeats(tx, now));
    await recordAudit(tx, {
      actor,
      client,
      action: 'invitation.create',
      targetType: 'invitation',
      targetId: invitation.id,
      ...(before !== null && { before: { role: before } }),
      after: { role, expiresAt: invitation.expiresAt.toISOString() },
    });
    return { invitation: serializeInvitation(invitation), organization: invitation.organization };
  },
);

async function assertNoMember(tx: TenantTransaction, email: string): Promise<void> {
  const known = await tx.query(
    `select from identity.users u join identity.members m on m.org_id = $1 and m.user_id = u.id where u.email = $2`,
    [tx.orgId, email],
  );
  if (known.length > 0) throw new AppError('already_member', 'Somebody with this address is a member.');
}

/** What the address is invited as already, which must be the actor's to change; null when it is not. */
async function pendingRole(tx: TenantTransaction, self: Party, email: string): Promise<MemberRole | null> {
  const [pending] = await tx.query<{ role: MemberRole }>(
    `select role from identity.invitations where org_id = $1 and email = $2 and status = 'pending' for no key update`,
    [tx.orgId, email],
  );
  if (pending) assertManages(self, pending.role);
  return pending?.role ?? null;
}

interface Stored {
  id: string;
  email: string;
  role: string;
  inviterId: string;
  createdAt: Date;
  expiresAt: Date;
  organization: string;
}

async function upsert(
  tx: TenantTransaction,
  { email, role, inviterId, now }: { email: string; role: MemberRole; inviterId: string; now: Date },
): Promise<Stored> {
  const [row] = await tx.query<Stored>(
    `insert into identity.invitations as i (org_id, email, role, inviter_id, expires_at) values ($1, $2, $3, $4, $5)
     on conflict (org_id, email) where status = 'pending' do update
       set role = excluded.role, inviter_id = excluded.inviter_id, expires_at = excluded.expires_at
     returning id, email, role, inviter_id as "inviterId", created_at as "createdAt", expires_at as "expiresAt",
       (select o.name from identity.organizations o where o.id = i.org_id) as organization`,
    [tx.orgId, email, role, inviterId, new Date(now.getTime() + invitationMs)],
  );
  return row as Stored;
}

/** Members, and who may become one. */
async function countSeats(tx: TenantTransaction, now: Date): Promise<number> {
  const [row] = await tx.query<{ seats: number }>(
    `select (select count(*) from identity.members where org_id = $1)
       + (select count(*) from identity.invitations where org_id = $1 and status = 'pending' and expires_at > $2) as seats`,
    [tx.orgId, now],
  );
  return (row as { seats: number }).seats;
}
