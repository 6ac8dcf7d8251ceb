import type { MemberRole } from '@tributary/core/role';
import type { TenantTransaction } from '@tributary/db/transaction';
import { givenRole, isManaged } from '../member/role.ts';

/** Cancels what somebody had invited and may no longer invite: they could come back by it. @param role null for who is no member any more */
export async function cancelInvitationsOf(
  tx: TenantTransaction,
  { userId, role }: { userId: string; role: MemberRole | null },
): Promise<void> {
  const kept = givenRole.options.filter((invited) => role !== null && isManaged(role, invited));
  await tx.query(
    `update identity.invitations set status = 'canceled'
     where org_id = $1 and inviter_id = $2 and status = 'pending' and role <> all ($3)`,
    [tx.orgId, userId, kept],
  );
}
