import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import { givenRole } from '../member/role.ts';
import type { invitations } from './invitation.sql.ts';

/** How long it waits for an answer. */
export const invitationMs = 7 * 86_400_000;

export const invitation = z
  .strictObject({
    id: z.string(),
    email: z.string(),
    role: givenRole,
    invitedBy: z.string().describe('The user who did.'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe('When it can no longer be accepted. It can be sent again.'),
  })
  .meta({ id: 'Invitation', description: 'Waits for whoever proves to own the address.' });

export type Invitation = z.infer<typeof invitation>;

export function serializeInvitation(
  row: Pick<typeof invitations.$inferSelect, 'id' | 'email' | 'role' | 'inviterId' | 'createdAt' | 'expiresAt'>,
): Invitation {
  return {
    id: showId('invitation', row.id),
    email: row.email,
    role: givenRole.parse(row.role),
    invitedBy: showId('user', row.inviterId),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}
