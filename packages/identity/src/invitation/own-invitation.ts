import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import { givenRole } from '../member/role.ts';

export const ownInvitation = z
  .strictObject({
    id: z.string(),
    organization: z.strictObject({ id: z.string(), name: z.string() }),
    role: givenRole,
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'OwnInvitation', description: 'Somebody asks you to join an organization.' });

export type OwnInvitation = z.infer<typeof ownInvitation>;

export interface OwnInvitationRow {
  id: string;
  orgId: string;
  name: string;
  role: string;
  expiresAt: Date;
}

export function serializeOwnInvitation({ id, orgId, name, role, expiresAt }: OwnInvitationRow): OwnInvitation {
  return {
    id: showId('invitation', id),
    organization: { id: showId('organization', orgId), name },
    role: givenRole.parse(role),
    expiresAt: expiresAt.toISOString(),
  };
}
