import type { TenantTransaction } from '@tributary/db/transaction';
import type { Total } from './compared.ts';
import type { Drift } from './compute-drifts.ts';

interface Check {
  connectionId: string;
  day: string;
  totals: { listed: Record<string, Total>; held: Record<string, Total> };
  points: { due: number; posted: number } | null;
  drifts: readonly Drift[];
  at: Date;
}

/** Keeps what a check found in place of what the one before did. Answers the id of the day's row. */
export async function storeCheck(
  tx: TenantTransaction,
  { connectionId, day, totals, points, drifts, at }: Check,
): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    `insert into sync.reconciliations as r (org_id, connection_id, day, status, totals, points_due, points_posted, drifts, checked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (org_id, connection_id, day) do update set status = excluded.status, totals = excluded.totals,
       points_due = excluded.points_due, points_posted = excluded.points_posted, drifts = excluded.drifts,
       checked_at = excluded.checked_at
     returning id`,
    [
      tx.orgId,
      connectionId,
      day,
      drifts.length === 0 ? 'agrees' : 'drifts',
      JSON.stringify(totals),
      points?.due ?? null,
      points?.posted ?? null,
      drifts.length,
      at,
    ],
  );
  const reconciliationId = (row as { id: string }).id;
  if (drifts.length > 0) await storeDrifts(tx, { connectionId, reconciliationId, at }, drifts);
  await tx.query(
    `update sync.drifts set status = 'settled', settled_at = $3
     where org_id = $1 and reconciliation_id = $2 and status <> 'settled' and found_at < $3`,
    [tx.orgId, reconciliationId, at],
  );
  return reconciliationId;
}

async function storeDrifts(
  tx: TenantTransaction,
  { connectionId, reconciliationId, at }: { connectionId: string; reconciliationId: string; at: Date },
  drifts: readonly Drift[],
): Promise<void> {
  const column = <Value>(read: (drift: Drift) => Value) => drifts.map(read);
  await tx.query(
    `insert into sync.drifts as d (org_id, connection_id, reconciliation_id, found_at, resource, external_id, parent_id, cause, event_id,
       listed_version, held_version, listed_minor, held_minor, points_due, points_posted)
     select $1, $2, $3, $4, f.* from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::timestamptz[],
       $11::timestamptz[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[]) as f
     on conflict (org_id, connection_id, resource, external_id) do update set reconciliation_id = excluded.reconciliation_id,
       found_at = excluded.found_at, parent_id = excluded.parent_id, cause = excluded.cause, event_id = excluded.event_id,
       listed_version = excluded.listed_version, held_version = excluded.held_version, listed_minor = excluded.listed_minor,
       held_minor = excluded.held_minor, points_due = excluded.points_due, points_posted = excluded.points_posted,
       status = 'open', settled_at = null`,
    [
      tx.orgId,
      connectionId,
      reconciliationId,
      at,
      column(({ resource }) => resource),
      column(({ externalId }) => externalId),
      column(({ parentId }) => parentId),
      column(({ cause }) => cause),
      column(({ eventId }) => eventId),
      column(({ listedVersion }) => listedVersion),
      column(({ heldVersion }) => heldVersion),
      column(({ listedMinor }) => listedMinor),
      column(({ heldMinor }) => heldMinor),
      column(({ points }) => points?.due ?? null),
      column(({ points }) => points?.posted ?? null),
    ],
  );
}
