import { AppError } from '@tributary/core/errors';
import type { MemberRole } from '@tributary/core/role';
import type { TenantTransaction } from '@tributary/db/transaction';
import { isManaged } from './role.ts';
import { userOf } from './user-of.ts';

/** A member as they are. */
export interface Party {
  id: string;
  userId: string;
  role: MemberRole;
  /** Whether they may sign in. */
  isActive: boolean;
}

/**
 * Who acts, and whom it is about, as they are now and stay until the end of the transaction: a token tells what somebody was when it was
 * signed. Locked in one order, so that two who meet wait and do not deadlock.
 * @param actor the subject of a token
 * @param memberId UUID; null when it is about nobody else
 * @returns `other` null for one who is no member
 * @throws AppError `forbidden` for an actor who is no member, or is suspended
 */
export async function lockParties(
  tx: TenantTransaction,
  actor: string,
  memberId: string | null,
): Promise<{ self: Party; other: Party | null }> {
  const user = userOf(actor);
  const parties = await tx.query<Party>(
    `select m.id, m.user_id as "userId", m.role, u.status = 'active' as "isActive"
     from identity.members m join identity.users u on u.id = m.user_id
     where m.org_id = $1 and (m.user_id = $2 or m.id = $3) order by m.id for no key update of m`,
    [tx.orgId, user, memberId],
  );
  const self = parties.find(({ userId }) => userId === user);
  if (!self?.isActive) throw notPermitted();
  return { self, other: parties.find(({ id }) => id === memberId) ?? null };
}

/** @throws AppError `forbidden` unless members of that role are this one's to invite, change and remove */
export function assertManages({ role }: Pick<Party, 'role'>, wanted: MemberRole): void {
  if (!isManaged(role, wanted)) throw notPermitted();
}

/**
 * The member it is about, whom the actor may manage.
 * @throws AppError `forbidden`, for the actor themself too; `not_found`
 */
export async function lockManaged(tx: TenantTransaction, actor: string, memberId: string) {
  const { self, other } = await lockParties(tx, actor, memberId);
  assertManages(self, 'viewer');
  if (!other) throw new AppError('not_found', 'No such object.');
  assertManages(self, other.role);
  return { self, other };
}

export function notPermitted(): AppError {
  return new AppError('forbidden', 'Your role does not permit this.');
}
