import { normalizeEmail } from '@tributary/core/contact';
import { AppError } from '@tributary/core/errors';
import type { Database } from '@tributary/db/connection';
import { systemStatement, type Transaction } from '@tributary/db/transaction';
import { userOf } from '../member/user-of.ts';

/** Somebody signed in, and the database as the login that knows people. */
export interface PersonContext {
  database: Database;
  /** The subject of the token. */
  actor: string;
  now: Date;
}

/**
 * The address somebody has proven to own, spelled as invitations have it, as it is now: a token tells what was. Null for who has proven
 * none, or cannot sign in.
 */
export function provenAddress({ database, actor }: Pick<PersonContext, 'database' | 'actor'>): Promise<string | null> {
  return readAddress((text, values = []) => systemStatement(database, text, values), actor, '');
}

/** The same, and it stays so until the end of the transaction. */
export function lockAddress(tx: Transaction, actor: string): Promise<string | null> {
  return readAddress(tx.query, actor, 'for share');
}

async function readAddress(query: Transaction['query'], actor: string, lock: string): Promise<string | null> {
  const userId = userOf(actor);
  if (userId === null) return null;
  const [user] = await query<{ email: string }>(
    `select email from identity.users where id = $1 and email_verified and status = 'active' ${lock}`,
    [userId],
  );
  return user ? normalizeEmail(user.email) : null;
}

/**
 * What waits for somebody: where it is, and the address it is to.
 * @param id UUID
 * @throws AppError `not_found` for what is not there, not theirs, or waits no more
 */
export async function findOwnInvitation(context: PersonContext, id: string): Promise<{ orgId: string; email: string }> {
  const email = await provenAddress(context);
  const found = await systemStatement<{ orgId: string }>(
    context.database,
    `select org_id as "orgId" from identity.invitations where email = $1 and id = $2 and status = 'pending'`,
    [email, id],
  );
  const [own] = found;
  if (email === null || !own) throw new AppError('not_found', 'No such object.');
  return { ...own, email };
}
