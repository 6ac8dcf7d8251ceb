import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { violatedConstraint } from '@tributary/db/sqlstate';
import { systemStatement, withSystem } from '@tributary/db/transaction';
import * as z from 'zod';
import type { Browser, Identity } from './identity.ts';
import { sessionToken } from './session-token.ts';

/** What verbs of somebody signed in are given. Ids are UUIDs. */
export interface SignedIn extends Identity {
  userId: string;
  sessionId: string;
  browser: Browser;
}

/** Whose session a browser has. Null for none, one that has ended, and one of somebody who is not active. */
export async function findSession(
  identity: Identity,
  cookie: string,
): Promise<{ userId: string; sessionId: string } | null> {
  const token = await sessionToken(identity, cookie);
  if (token === null) return null;
  const [session] = await systemStatement<{ userId: string; sessionId: string }>(
    identity.database,
    `select s.user_id as "userId", s.id as "sessionId"
     from identity.sessions s join identity.users u on u.id = s.user_id and u.status = 'active'
     where s.token = $1 and s.expires_at > now()`,
    [token],
  );
  return session ?? null;
}

export const session = z
  .strictObject({
    id: z.string(),
    current: z.boolean(),
    address: z.string().nullable().describe('Where it began.'),
    userAgent: z.string().nullable(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Session' });

interface SessionRow {
  id: string;
  current: boolean;
  address: string | null;
  userAgent: string | null;
  createdAt: Date;
  expiresAt: Date;
}

const mostSessions = 100;

/** Somebody's sessions, the newest first. */
export async function listSessions({ database, userId, sessionId }: SignedIn): Promise<z.infer<typeof session>[]> {
  const rows = await systemStatement<SessionRow>(
    database,
    `select id, id = $2 as current, nullif(ip_address, '') as address, nullif(user_agent, '') as "userAgent",
         created_at as "createdAt", expires_at as "expiresAt"
       from identity.sessions where user_id = $1 and expires_at > now() order by id desc limit $3`,
    [userId, sessionId, mostSessions],
  );
  return rows.map((row) => ({
    ...row,
    id: showId('session', row.id),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }));
}

export const sessionId = z.strictObject({ sessionId: z.string().max(64) });

/** Ends one of somebody's sessions. @throws AppError `not_found`, for another's too */
export const revokeSession = verb(sessionId, async ({ database, userId }: SignedIn, { sessionId }) => {
  const id = readId('session', sessionId);
  const ended = await withSystem(database, (tx) =>
    tx.query('delete from identity.sessions where id = $1 and user_id = $2 returning id', [id, userId]),
  );
  if (ended.length === 0) throw new AppError('not_found', 'No such object.');
});

export const switchInput = z.strictObject({
  organizationId: z.string().max(64).nullable().describe('Null: none, as somebody who buys.'),
});

/** From now on the session gets tokens of that organization. @throws AppError `not_found` for one that they are no member of */
export const switchOrganization = verb(switchInput, async ({ database, userId, sessionId }: SignedIn, input) => {
  const orgId = input.organizationId === null ? null : readId('organization', input.organizationId);
  const switched = await systemStatement(
    database,
    `update identity.sessions set active_org_id = $3::uuid, updated_at = now()
       where id = $1 and user_id = $2 and ($3::uuid is null or exists (
         select from identity.members m join identity.organizations o on o.id = m.org_id and o.status = 'active'
         where m.org_id = $3::uuid and m.user_id = $2))
       returning id`,
    [sessionId, userId, orgId],
  ).catch((error: unknown) => {
    // The membership ended meanwhile.
    if (violatedConstraint(error)?.startsWith('sessions_active_org_id')) return [];
    throw error;
  });
  if (switched.length === 0) throw new AppError('not_found', 'No such object.');
});
