import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { showId } from '@tributary/core/ids';
import type { MemberRole } from '@tributary/core/role';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import { closeOrganization } from '../organization/close-organization.ts';
import { ask, headersFor } from './ask.ts';
import { passwordInput } from './second-factor.ts';
import type { SignedIn } from './session.ts';

/**
 * Erases who is signed in: name, address, password, second factor, sessions, memberships, and invitations from and to them. What they did stays
 * on record under their id, which names nobody then. An organization they were alone in is closed.
 * @returns what makes their browser forget its cookies
 * @throws AppError `validation_failed` for a password that is not theirs; `owner_stays` while others work in an organization of theirs
 */
export const eraseAccount = verb(passwordInput, (context: SignedIn, body) => {
  const { api } = context.library;
  const headers = headersFor(context.browser, 'session');
  return ask(
    context,
    async () => {
      await api.verifyPassword({ body, headers });
      return api.signOut({ headers, returnHeaders: true });
    },
    async ({ newCookies }, tx) => {
      await erase(context, tx);
      return newCookies;
    },
  );
});

async function erase({ userId, clock }: SignedIn, tx: Transaction): Promise<void> {
  // Whoever begins a session for them, or makes them a member, waits for this.
  const [person] = await tx.query<{ email: string }>('select email from identity.users where id = $1 for update', [
    userId,
  ]);
  if (!person) throw new AppError('unauthenticated', 'Sign in first.');
  for (const membership of await lockMemberships(tx, userId)) await recordEnd(tx, userId, membership, clock());
  await tx.query('delete from identity.invitations where inviter_id = $1 or email = $2', [userId, person.email]);
  await tx.query('delete from identity.members where user_id = $1', [userId]);
  await tx.query('delete from identity.verifications where value = $1', [userId]);
  // Their password, second factor and sessions go by reference.
  await tx.query('delete from identity.users where id = $1', [userId]);
}

interface Membership {
  orgId: string;
  role: MemberRole;
  isAlone: boolean;
}

/** In the order of their ids, in which records are chained. Nobody joins organizations of theirs, nor makes keys there, until the end. */
async function lockMemberships(tx: Transaction, userId: string): Promise<Membership[]> {
  await tx.query(
    `select from identity.organizations where id in (select org_id from identity.members where user_id = $1 and role = 'owner')
     order by id for update`,
    [userId],
  );
  // A statement after the lock's: it must see who joined before the lock was free.
  const memberships = await tx.query<Membership>(
    `select m.org_id as "orgId", m.role, not exists (
       select from identity.members o where o.org_id = m.org_id and o.user_id <> m.user_id) as "isAlone"
     from identity.members m where m.user_id = $1 order by m.org_id`,
    [userId],
  );
  if (memberships.some(({ role, isAlone }) => role === 'owner' && !isAlone))
    throw new AppError('owner_stays', 'The owner stays until ownership is passed on.');
  return memberships;
}

/** What is recorded is chained and stays for ever, so it does not say from where they asked. */
async function recordEnd(tx: Transaction, userId: string, membership: Membership, now: Date): Promise<void> {
  const { orgId, role, isAlone } = membership;
  const actor = showId('user', userId);
  const organization = { query: tx.query, orgId };
  await tx.query(`select set_config('app.org_id', $1, true)`, [orgId]);
  if (isAlone) await closeOrganization({ tx: organization, actor, now });
  await recordAudit(organization, {
    actor,
    client: undefined,
    action: 'user.erase',
    targetType: 'user',
    targetId: userId,
    before: { role },
    ...(isAlone && { after: { organization: 'suspended' } }),
  });
}
