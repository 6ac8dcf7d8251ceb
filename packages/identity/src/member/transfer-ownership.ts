import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { cancelInvitationsOf } from '../invitation/cancel-invitations-of.ts';
import { showMember } from './list-members.ts';
import type { Member } from './member.ts';
import { lockParties, notPermitted } from './parties.ts';

/**
 * Passes ownership from the actor to another member, in one statement; the actor is an admin from then on.
 * @returns the new owner. @throws AppError `forbidden` for who is not the owner; `not_found`; `conflict` for who is the owner already, or
 * may not sign in
 */
export const transferOwnership = verb(
  z.strictObject({ memberId: z.string() }),
  async ({ tx, actor, client }: ActingContext, { memberId }): Promise<Member> => {
    const { self, other } = await lockParties(tx, actor, readId('member', memberId));
    if (self.role !== 'owner') throw notPermitted();
    if (!other) throw new AppError('not_found', 'No such object.');
    if (self.id === other.id) throw new AppError('conflict', 'You are the owner.');
    if (!other.isActive) throw new AppError('conflict', 'Only somebody who may sign in can own an organization.');
    await tx.query(
      `update identity.members set role = case id when $3 then 'owner' else 'admin' end where org_id = $1 and id in ($2, $3)`,
      [tx.orgId, self.id, other.id],
    );
    await cancelInvitationsOf(tx, { userId: self.userId, role: 'admin' });
    await recordAudit(tx, {
      actor,
      client,
      action: 'organization.transfer',
      targetType: 'organization',
      targetId: tx.orgId,
      before: { owner: showId('member', self.id) },
      after: { owner: showId('member', other.id) },
    });
    return showMember(tx, other.id);
  },
);
