import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { cancelInvitationsOf } from '../invitation/cancel-invitations-of.ts';
import { showMember } from './list-members.ts';
import type { Member } from './member.ts';
import { lockManaged, lockParties, type Party } from './parties.ts';

/**
 * Ends a membership, and with it what the member's sessions were at work in, and what they had invited. Never the owner's.
 * @returns the member that was. @throws AppError `forbidden`, `not_found`
 */
export const removeMember = verb(
  z.strictObject({ memberId: z.string() }),
  async ({ tx, actor, client }: ActingContext, { memberId }): Promise<Member> => {
    const { other } = await lockManaged(tx, actor, readId('member', memberId));
    const removed = await showMember(tx, other.id);
    await endMembership(tx, other);
    const target = { targetType: 'member', targetId: other.id } as const;
    await recordAudit(tx, { actor, client, action: 'member.remove', ...target, before: { role: other.role } });
    return removed;
  },
);

/** Ends the actor's own membership. @throws AppError `owner_stays`, `forbidden` for who is no member */
export const leave = verb(z.strictObject({}), async ({ tx, actor, client }: ActingContext): Promise<Member> => {
  const { self } = await lockParties(tx, actor, null);
  const left = await showMember(tx, self.id);
  await endMembership(tx, self);
  const target = { targetType: 'member', targetId: self.id } as const;
  await recordAudit(tx, { actor, client, action: 'member.leave', ...target, before: { role: self.role } });
  return left;
});

/** The statement itself refuses the owner: whatever was read before, an organization keeps one. */
async function endMembership(tx: TenantTransaction, { id, userId }: Party): Promise<void> {
  await cancelInvitationsOf(tx, { userId, role: null });
  const ended = await tx.query(
    `delete from identity.members where org_id = $1 and id = $2 and role <> 'owner' returning id`,
    [tx.orgId, id],
  );
  if (ended.length === 0) throw new AppError('owner_stays', 'The owner stays until ownership is passed on.');
}
