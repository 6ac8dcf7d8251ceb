import type { TenantTransaction } from '@tributary/db/transaction';

/**
 * Has the roll-ups of days (YYYY-MM-DD) computed anew. A day that is marked already is marked again: whoever is computing it waits for this
 * transaction, or this one for him, and either way the mark is there after both.
 */
export async function markDays(tx: TenantTransaction, days: readonly string[], now: Date): Promise<void> {
  await tx.query(
    // In order of the days, so that two who mark the same do not wait for each other.
    `insert into affiliate.dirty_days (org_id, day, marked_at) select $1, d.day, $3 from unnest($2::date[]) d (day) order by d.day
     on conflict (org_id, day) do update set marked_at = excluded.marked_at`,
    [tx.orgId, days, now],
  );
}
