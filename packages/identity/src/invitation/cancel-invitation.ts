import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { assertManages, lockParties } from '../member/parties.ts';
import { type Invitation, serializeInvitation } from './invitation.ts';

/**
 * Takes an invitation back. @throws AppError `forbidden` for one that is not the actor's to give; `not_found`; `invitation_closed` once it
 * was answered or taken back
 */
export const cancelInvitation = verb(
  z.strictObject({ invitationId: z.string() }),
  async ({ tx, actor, client }: ActingContext, { invitationId }): Promise<Invitation> => {
    const { self } = await lockParties(tx, actor, null);
    assertManages(self, 'viewer');
    const { status, ...found } = await lockInvitation(tx, readId('invitation', invitationId));
    const canceled = serializeInvitation(found);
    assertManages(self, canceled.role);
    if (status !== 'pending') throw new AppError('invitation_closed', 'This invitation does not wait any more.');
    await tx.query(`update identity.invitations set status = 'canceled' where org_id = $1 and id = $2`, [
      tx.orgId,
      found.id,
    ]);
    const target = { targetType: 'invitation', targetId: found.id } as const;
    await recordAudit(tx, { actor, client, action: 'invitation.cancel', ...target, before: { role: canceled.role } });
    return canceled;
  },
);

interface Locked {
  id: string;
  email: string;
  role: string;
  status: string;
  inviterId: string;
  createdAt: Date;
  expiresAt: Date;
}

/** As it is now and stays until the end of the transaction. @throws AppError `not_found` */
async function lockInvitation(tx: TenantTransaction, id: string): Promise<Locked> {
  const [row] = await tx.query<Locked>(
    `select id, email, role, status, inviter_id as "inviterId", created_at as "createdAt", expires_at as "expiresAt"
     from identity.invitations where org_id = $1 and id = $2 for no key update`,
    [tx.orgId, id],
  );
  if (!row) throw new AppError('not_found', 'No such object.');
  return row;
}
