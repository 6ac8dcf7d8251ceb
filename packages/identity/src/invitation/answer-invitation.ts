import type { Acting } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import * as z from 'zod';
import { userOf } from '../member/user-of.ts';
import { findOwnInvitation, lockAddress, type PersonContext } from './addressee.ts';
import { type OwnInvitation, type OwnInvitationRow, serializeOwnInvitation } from './own-invitation.ts';

interface AnsweringContext extends PersonContext, Acting {}

const answerInput = z.strictObject({ invitationId: z.string() });

/**
 * Makes who is invited a member. Whoever proved to own the address may, whatever address they got to know of it by: the mail about it
 * holds no secret.
 * @throws AppError `not_found` as `findOwnInvitation`; `invitation_expired`; `invitation_closed` for who comes second; `already_member`
 */
export const acceptInvitation = verb(answerInput, async (context: AnsweringContext, { invitationId }) =>
  answer(context, readId('invitation', invitationId), 'accepted', async (tx, row): Promise<OwnInvitation> => {
    const { actor, client } = context;
    const { id, role } = row;
    const [joined] = await tx.query<{ id: string }>(
      `insert into identity.members (org_id, user_id, role) values ($1, $2, $3)
       on conflict (org_id, user_id) do nothing returning id`,
      [tx.orgId, userOf(actor), role],
    );
    if (!joined) throw new AppError('already_member', 'You are a member already.');
    const after = { member: showId('member', joined.id), role };
    const target = { targetType: 'invitation', targetId: id } as const;
    await recordAudit(tx, { actor, client, action: 'invitation.accept', ...target, after });
    return serializeOwnInvitation(row);
  }),
);

/** Turns an invitation down. @throws AppError as `acceptInvitation` */
export const rejectInvitation = verb(answerInput, async (context: AnsweringContext, { invitationId }) =>
  answer(context, readId('invitation', invitationId), 'rejected', async (tx, row): Promise<OwnInvitation> => {
    const { actor, client } = context;
    const target = { targetType: 'invitation', targetId: row.id } as const;
    await recordAudit(tx, { actor, client, action: 'invitation.reject', ...target, before: { role: row.role } });
    return serializeOwnInvitation(row);
  }),
);

/** Answers once: the statement takes only what still waits, so of two answers at once one finds nothing. */
async function answer<Result>(
  context: AnsweringContext,
  id: string,
  status: 'accepted' | 'rejected',
  then: (tx: TenantTransaction, row: OwnInvitationRow) => Promise<Result>,
): Promise<Result> {
  const { orgId, email } = await findOwnInvitation(context, id);
  return withTenant({ database: context.database, orgId }, async (tx) => {
    if ((await lockAddress(tx, context.actor)) !== email) throw new AppError('not_found', 'No such object.');
    const [row] = await tx.query<OwnInvitationRow>(
      `update identity.invitations i set status = $4
       where org_id = $1 and id = $2 and email = $3 and status = 'pending' and expires_at > $5
       returning id, org_id as "orgId", (select name from identity.organizations o where o.id = i.org_id) as name, role, expires_at as "expiresAt"`,
      [orgId, id, email, status, context.now],
    );
    if (!row) throw await whyNot(tx, id);
    return then(tx, row);
  });
}

async function whyNot(tx: TenantTransaction, id: string): Promise<AppError> {
  const waits = await tx.query(
    `select from identity.invitations where org_id = $1 and id = $2 and status = 'pending'`,
    [tx.orgId, id],
  );
  return waits.length > 0
    ? new AppError('invitation_expired', 'This invitation has expired; ask for another.')
    : new AppError('invitation_closed', 'This invitation does not wait any more.');
}
