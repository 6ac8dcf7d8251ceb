import type { TenantTransaction } from '@tributary/db/transaction';

/**
 * Forgets up to `limit` keys of the organization that were expired at `at`, the oldest first: for the daily job, as the worker login.
 * @returns how many it deleted: fewer than `limit` when no more were expired, or when some were meanwhile taken anew or purged by
 * others, since no later key takes their place.
 */
export async function purgeIdempotencyKeys(tx: TenantTransaction, at: Date, limit: number): Promise<number> {
  // The time is asked of the row itself: a key that is taken anew while this waits for its row is no longer expired.
  const purged = await tx.query(
    `delete from identity.idempotency_keys where org_id = $1 and expires_at <= $2 and key in (
       select key from identity.idempotency_keys where org_id = $1 order by expires_at limit $3)
     returning key`,
    [tx.orgId, at, limit],
  );
  return purged.length;
}
