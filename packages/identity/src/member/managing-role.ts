import type { MemberRole } from '@tributary/core/role';
import type { TenantTransaction } from '@tributary/db/transaction';
import { assertManages, notPermitted } from './parties.ts';
import { userOf } from './user-of.ts';

/**
 * What who acts is now: a token tells what they were up to five minutes ago. For the API, which sees no people; who does, locks them (`lockParties`).
 * @param actor the subject of a token
 * @throws AppError `forbidden` for who manages nobody, is no member any more, or may not sign in
 */
export async function managingRole(tx: TenantTransaction, actor: string): Promise<MemberRole> {
  const user = userOf(actor);
  if (user === null) throw notPermitted();
  await tx.query(`select set_config('app.user_id', $1, true)`, [user]);
  const [own] = await tx.query<{ role: MemberRole | null }>('select identity.own_role($1) as role', [tx.orgId]);
  const role = own?.role ?? null;
  if (role === null) throw notPermitted();
  assertManages({ role }, 'viewer');
  return role;
}
