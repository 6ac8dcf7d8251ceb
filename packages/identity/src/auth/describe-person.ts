import { AppError } from '@tributary/core/errors';
import { showId } from '@tributary/core/ids';
import { systemStatement } from '@tributary/db/transaction';
import * as z from 'zod';
import type { SignedIn } from './session.ts';

export const person = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    secondFactor: z.boolean().describe('Whether a code is asked for.'),
    activeOrganizationId: z.string().nullable().describe('Whose tokens the session gets.'),
    organizations: z.array(z.strictObject({ id: z.string(), name: z.string(), role: z.string() })),
  })
  .meta({ id: 'Person', description: 'Who is signed in, and where they are a member.' });

interface PersonRow {
  name: string;
  email: string;
  secondFactor: boolean;
  activeOrganizationId: string | null;
  organizations: { id: string; name: string; role: string }[];
}

/** Who is signed in. @throws AppError `unauthenticated` when the session has ended meanwhile */
export async function describePerson({ database, userId, sessionId }: SignedIn): Promise<z.infer<typeof person>> {
  const [row] = await systemStatement<PersonRow>(
    database,
    `select u.name, u.email, u.two_factor_enabled as "secondFactor", s.active_org_id as "activeOrganizationId",
         coalesce((select json_agg(json_build_object('id', o.id, 'name', o.name, 'role', m.role) order by m.created_at, o.id)
           from identity.members m join identity.organizations o on o.id = m.org_id and o.status = 'active'
           where m.user_id = u.id), '[]') as organizations
       from identity.sessions s join identity.users u on u.id = s.user_id where s.id = $1 and s.user_id = $2`,
    [sessionId, userId],
  );
  if (!row) throw new AppError('unauthenticated', 'Sign in first.');
  const shown = (id: string) => showId('organization', id);
  return {
    ...row,
    id: showId('user', userId),
    activeOrganizationId: row.activeOrganizationId && shown(row.activeOrganizationId),
    organizations: row.organizations.map((organization) => ({ ...organization, id: shown(organization.id) })),
  };
}
