import { verb } from '@tributary/core/verb';
import { systemStatement } from '@tributary/db/transaction';
import * as z from 'zod';
import { type PersonContext, provenAddress } from './addressee.ts';
import { invitationPosition } from './list-invitations.ts';
import { type OwnInvitationRow, serializeOwnInvitation } from './own-invitation.ts';

const listOwnInvitationsInput = z.strictObject({ limit: z.int().positive(), after: invitationPosition.optional() });

/** What waits for somebody's answer, at whichever organization, the newest first. Without a proven address there is nothing. */
export const listOwnInvitations = verb(listOwnInvitationsInput, async (context: PersonContext, { limit, after }) => {
  const email = await provenAddress(context);
  if (email === null) return [];
  const rows = await systemStatement<OwnInvitationRow>(
    context.database,
    `select i.id, i.org_id as "orgId", o.name, i.role, i.expires_at as "expiresAt"
     from identity.invitations i join identity.organizations o on o.id = i.org_id
     where i.email = $1 and i.status = 'pending' and i.expires_at > $2 and ($3::uuid is null or i.id < $3)
     order by i.id desc limit $4`,
    [email, context.now, after ?? null, limit],
  );
  return rows.map((row) => ({ item: serializeOwnInvitation(row), position: row.id }));
});
