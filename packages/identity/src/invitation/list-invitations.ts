import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import * as z from 'zod';
import { invitations } from './invitation.sql.ts';
import { serializeInvitation } from './invitation.ts';

/** Behind the invitation with this id (a UUID). */
export const invitationPosition = z.uuid();

const listInvitationsInput = z.strictObject({ limit: z.int().positive(), after: invitationPosition.optional() });

// As a literal: with a parameter a plan that is kept could not use the index of those that wait.
const isWaiting = sql`${invitations.status} = 'pending'`;

/** Invitations that wait, expired ones too, the newest first: at most `limit`, each with the position a next page continues from. */
export const listInvitations = verb(listInvitationsInput, async (context: TenantContext, { limit, after }) => {
  const behind = after === undefined ? undefined : lt(invitations.id, after);
  const rows = await readTenant(context, (reader) =>
    reader
      .select()
      .from(invitations)
      .where(and(eq(invitations.orgId, context.orgId), isWaiting, behind))
      .orderBy(desc(invitations.id))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeInvitation(row), position: row.id }));
});
