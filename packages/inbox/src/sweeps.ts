import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

/** A provider of which events were lost: what happened there has to be asked for, on every connection. */
export interface Sweep {
  provider: string;
  /** The numbers that never came, as Postgres writes a multirange: `{[3,5),[9,10)}`. */
  lost: string;
  /** When its deliveries began anew; null when they did not. */
  restartedAt: Date | null;
  /** Active ones, of organizations that are. */
  connections: { orgId: string; connectionId: string }[];
}

/** How long a number may be late: deliveries overtake each other by seconds, and one that failed is sent again within minutes. */
const patienceMs = 60_000;

/**
 * Looks for numbers that are missing between others, and claims a sweep where one was missing at the look before and still is, or
 * where deliveries began anew. Of several who look at once one finds something; what is claimed and not closed is found again.
 */
export function claimSweeps(system: Database, now: Date): Promise<Sweep[]> {
  return systemStatement<Sweep>(
    system,
    `with looked as (
       update inbox.sequences s set looked_at = $1, missing = int8multirange(range_merge(s.seen)) - s.seen
       where s.looked_at <= $1::timestamptz - $2 * interval '1 millisecond'
       returning s.provider, old.missing * new.missing as lost, s.restarted_at
     )
     select l.provider, l.lost::text, l.restarted_at as "restartedAt", coalesce((
         select jsonb_agg(jsonb_build_object('orgId', c.org_id, 'connectionId', c.id) order by c.org_id, c.id)
         from sync.connections c join identity.organizations o on o.id = c.org_id and o.status = 'active'
         where c.provider = l.provider and c.status = 'active'), '[]') as connections
     from looked l where not isempty(l.lost) or l.restarted_at is not null`,
    [now, patienceMs],
  );
}

/** Ends sweeps that were sent out: their numbers count as come. Where deliveries began anew since, there is another sweep to come. */
export async function closeSweeps(system: Database, sweeps: readonly Sweep[]): Promise<void> {
  if (sweeps.length === 0) return;
  await systemStatement(
    system,
    `update inbox.sequences s set seen = s.seen + w.lost, missing = s.missing - w.lost, restarted_at = null
     from unnest($1::text[], $2::int8multirange[], $3::timestamptz[]) as w (provider, lost, restarted_at)
     where s.provider = w.provider and s.restarted_at is not distinct from w.restarted_at`,
    [
      sweeps.map(({ provider }) => provider),
      sweeps.map(({ lost }) => lost),
      sweeps.map(({ restartedAt }) => restartedAt),
    ],
  );
}
