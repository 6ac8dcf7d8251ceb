import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import type { DayOfConnection } from './check-day.ts';

interface Claim {
  now: Date;
  /** Those whose days can be compared. */
  providers: readonly string[];
  atMost: number;
}

// Settled: three hours after midnight, when the last webhook was tried again and the last list walked. A day is compared when all of it
// was connected: before that, what came first is still being pulled. Checked by hand before it was over, it is checked again.
const claimStatement = `with calendar as (
    select zone, day, day::timestamp at time zone zone as begins, (day + 1)::timestamp at time zone zone as ends
    from unnest($2::text[]) as given (zone)
    cross join lateral (select (($1::timestamptz - interval '3 hours') at time zone zone)::date - 1 as day) past
  ), due as (
    select c.org_id, c.id, k.day from calendar k
    join identity.organizations o on o.time_zone = k.zone and o.status = 'active'
    join sync.connections c on c.org_id = o.id and c.status = 'active' and c.provider = any ($3) and c.connected_at <= k.begins
    where (c.day_claimed_at is null or c.day_claimed_at <= $1::timestamptz - interval '2 hours')
      and not exists (select from sync.reconciliations r
        where r.org_id = c.org_id and r.connection_id = c.id and r.day = k.day and r.checked_at >= k.ends)
    order by c.day_claimed_at nulls first, c.id limit $4 for no key update of c skip locked
  )
  update sync.connections c set day_claimed_at = $1 from due
  where c.org_id = due.org_id and c.id = due.id
  returning c.org_id as "orgId", c.id as "connectionId", due.day::text as day`;

/**
 * Claims the last day that is over of each connection that was not compared yet, as the system login: nobody else finds it for two hours.
 * Then, if nothing came of it, it is found again, as long as it is the last. Suspended organizations are left alone.
 * @returns with the time zones of which the database knows no calendar: one such must not keep the others waiting.
 */
export async function claimDays(
  system: Database,
  { now, providers, atMost }: Claim,
): Promise<{ due: DayOfConnection[]; unknownZones: string[] }> {
  const zones = await systemStatement<{ name: string; isKnown: boolean }>(
    system,
    `select distinct o.time_zone as name, z.name is not null as "isKnown" from identity.organizations o
     left join pg_timezone_names z on lower(z.name) = lower(o.time_zone) where o.status = 'active' order by 1`,
    [],
  );
  const known = zones.filter(({ isKnown }) => isKnown).map(({ name }) => name);
  const due = await systemStatement<DayOfConnection>(system, claimStatement, [now, known, providers, atMost]);
  return { due, unknownZones: zones.filter(({ isKnown }) => !isKnown).map(({ name }) => name) };
}
