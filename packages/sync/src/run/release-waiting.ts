import type { Database } from '@tributary/db/connection';
import { type Transaction, withSystem } from '@tributary/db/transaction';
import type { RunTrigger } from './open-run.ts';
import { share, shareLock, workers } from './share.ts';

/** To be sent again, as it was asked for. */
export interface ReleasedRun {
  kind: 'sync';
  orgId: string;
  connectionId: string;
  trigger: RunTrigger;
  /** ISO 8601. */
  slot?: string;
}

export interface Release {
  now: Date;
  /** All organizations that have some waiting, unless told. */
  orgId?: string;
}

/** What was released and has not begun by then was lost on its way: it waits again. */
const lostAfter = `interval '10 minutes'`;

/** A run that begins now may have its worker as long as that, so whoever is due by then is somebody else to be left one. */
const lookAhead = `interval '2 minutes'`;
/** What is due for longer than that, the schedule does not claim: its organization has enough that waits. */
const lookBack = `interval '5 minutes'`;

// In the order of their ids, so that two who release do not wait for each other.
const lockStatement = `select ${shareLock('w.org_id::text')} from (
    select distinct org_id from sync.waiting_runs where org_id = coalesce($1, org_id) and released_at is null order by org_id
  ) w`;

const releaseStatement = `with waiting as (
    select w.org_id from (select distinct org_id from sync.waiting_runs where org_id = coalesce($1, org_id) and released_at is null) w
    join identity.organizations o on o.id = w.org_id and o.status = 'active'
  ), under_way as (
    select r.org_id, count(*) as runs from sync.runs r
    join sync.connections c on c.org_id = r.org_id and c.id = r.connection_id and c.run_leased_until > now()
    where r.status = 'running' group by r.org_id
  ), room as (
    select w.org_id, case when others.may_come then $3
        else greatest($3, $4 - (select coalesce(sum(u.runs), 0) from under_way u where u.org_id <> w.org_id)) end
      - (select coalesce(sum(u.runs), 0) from under_way u where u.org_id = w.org_id)
      - (select count(*) from sync.waiting_runs r where r.org_id = w.org_id and r.released_at is not null) as places
    from waiting w cross join lateral (
      select exists (select from sync.waiting_runs x where x.org_id < w.org_id) or exists (select from sync.waiting_runs x where x.org_id > w.org_id)
        or exists (select from sync.connections c join identity.organizations o on o.id = c.org_id and o.status = 'active'
          where c.next_run_at between $2::timestamptz - ${lookBack} and $2::timestamptz + ${lookAhead} and c.status = 'active'
            and c.org_id <> w.org_id) as may_come
    ) others
  )
  update sync.waiting_runs w set released_at = $2 from room r cross join lateral (
    select n.connection_id from sync.waiting_runs n where n.org_id = r.org_id and n.released_at is null
    order by n.priority desc, n.since, n.connection_id limit greatest(r.places, 0)
  ) next
  where w.org_id = r.org_id and w.connection_id = next.connection_id
  returning w.org_id as "orgId", w.connection_id as "connectionId", w.trigger, w.slot`;

/**
 * Lets runs that wait begin, as many as their organizations have a share left: all workers, while nothing of anybody else waits, is due or
 * will be soon. What somebody waits for goes first, then what has waited longest. Suspended organizations are left alone.
 */
export function releaseWaiting(system: Database, { now, orgId }: Release): Promise<ReleasedRun[]> {
  return withSystem(system, async (tx) => {
    if (orgId === undefined) await takeBack(tx, now);
    const locked = await tx.query(lockStatement, [orgId ?? null]);
    if (locked.length === 0) return [];
    const released = await tx.query<Released>(releaseStatement, [orgId ?? null, now, share, workers]);
    return released.map(({ slot, ...run }) => ({ kind: 'sync', ...run, ...(slot && { slot: slot.toISOString() }) }));
  });
}

interface Released extends Omit<ReleasedRun, 'kind' | 'slot'> {
  slot: Date | null;
}

async function takeBack(tx: Transaction, now: Date): Promise<void> {
  await tx.query(
    `update sync.waiting_runs set released_at = null where released_at <= $1::timestamptz - ${lostAfter}`,
    [now],
  );
}
