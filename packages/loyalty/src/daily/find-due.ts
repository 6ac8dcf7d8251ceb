import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { businessDay } from '../transaction/business-day.ts';

/** Organizations per question. Who is left out is found the next time, when these have begun. */
const mostOrganizations = 5000;

export interface DueDay {
  orgId: string;
  /** Today there, `YYYY-MM-DD`. */
  day: string;
}

/**
 * Finds organizations whose daily job has not been done for the day it is there now: not begun, or begun an hour ago and not
 * finished. As the system login. Days are those of the calendar by which points expire, not of the database's own. Nothing is due to a
 * suspended organization: what has waited is made up for on its first day back.
 * @returns with the time zones of which no calendar is known: one such must not keep the others waiting.
 */
export async function findDueDays(system: Database, now: Date): Promise<{ due: DueDay[]; unknownZones: string[] }> {
  const zones = await systemStatement<{ name: string }>(
    system,
    `select distinct time_zone as name from identity.organizations where status = 'active' order by name`,
    [],
  );
  const today = new Map(zones.map(({ name }) => [name, dayIn(name, now)]));
  const known = [...today].filter((zone): zone is [string, string] => zone[1] !== null);
  const due = await systemStatement<DueDay>(
    system,
    `select o.id as "orgId", today.day::text as day
     from unnest($1::text[], $2::date[]) as today (zone, day)
     join identity.organizations o on o.time_zone = today.zone and o.status = 'active'
     left join lateral (
       -- One by one, by key: all at once it would read the runs of all days there ever were.
       select * from loyalty.daily_runs where org_id = o.id and day = today.day limit 1
     ) r on true
     where r.org_id is null or (r.finished_at is null and r.started_at <= $3::timestamptz - interval '1 hour')
     order by o.id limit $4`,
    [known.map(([zone]) => zone), known.map(([, day]) => day), now, mostOrganizations],
  );
  return { due, unknownZones: [...today].flatMap(([zone, day]) => (day === null ? [zone] : [])) };
}

function dayIn(zone: string, now: Date): string | null {
  try {
    return businessDay(now, zone);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * Finds organizations, but suspended ones, with a hold whose time passed in the last day. Older ones are those of frozen wallets, or the
 * daily job's. As the system login.
 * @returns their ids.
 */
export async function findExpiredHolds(system: Database, now: Date): Promise<string[]> {
  const rows = await systemStatement<{ orgId: string }>(
    system,
    `select distinct h.org_id as "orgId" from ledger.holds h
     join identity.organizations o on o.id = h.org_id and o.status = 'active'
     where h.status = 'pending' and h.expires_at <= $1 and h.expires_at > $1::timestamptz - interval '1 day'
     order by h.org_id limit $2`,
    [now, mostOrganizations],
  );
  return rows.map(({ orgId }) => orgId);
}
