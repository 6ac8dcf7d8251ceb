import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { cancelInvitationsOf } from '../invitation/cancel-invitations-of.ts';
import { showMember } from './list-members.ts';
import type { Member } from './member.ts';
import { assertManages, lockManaged } from './parties.ts';
import { givenRole } from './role.ts';

const changeRoleInput = z.strictObject({ memberId: z.string(), role: givenRole });

/**
 * Gives a member another role, never to or from owner. Nobody changes their own, and an admin neither changes nor makes admins. What
 * the member invited in a role they may no longer give is canceled.
 * @throws AppError `forbidden`, `not_found`
 */
export const changeRole = verb(
  changeRoleInput,
  async ({ tx, actor, client }: ActingContext, { memberId, role }): Promise<Member> => {
    const { self, other } = await lockManaged(tx, actor, readId('member', memberId));
    assertManages(self, role);
    const changed = await tx.query(
      `update identity.members set role = $3 where org_id = $1 and id = $2 and role not in ('owner', $3) returning id`,
      [tx.orgId, other.id, role],
    );
    if (changed.length > 0) {
      await cancelInvitationsOf(tx, { userId: other.userId, role });
      const [before, after] = [{ role: other.role }, { role }];
      const target = { targetType: 'member', targetId: other.id } as const;
      await recordAudit(tx, { actor, client, action: 'member.change_role', ...target, before, after });
    }
    return showMember(tx, other.id);
  },
);
