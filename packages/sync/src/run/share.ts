import type { TenantTransaction } from '@tributary/db/transaction';
import type { RunRequest } from './open-run.ts';

/** How many take runs from the queue at the same time, as it is deployed (infra/topology.ts). */
export const workers = 4;

/** How many of them one organization may have while others may come: a worker is taken from nobody who has it. */
export const share = Math.ceil(workers / 2);

/** Whoever counts the runs of an organization, and acts on it, does so alone. */
export const shareLock = (orgId: string) => `pg_advisory_xact_lock(hashtextextended('sync.runs:' || ${orgId}, 0))`;

// What was released has a place, and takes it. Of a connection that nothing would be pulled from, or somebody pulls from, nothing waits.
const holdStatement = `with place as (
    select $6 > (select count(*) from sync.runs r join sync.connections c on c.org_id = r.org_id and c.id = r.connection_id
        where r.org_id = $1 and r.connection_id <> $2 and r.status = 'running' and c.run_leased_until > now())
      + (select count(*) from sync.waiting_runs w where w.org_id = $1 and w.connection_id <> $2 and w.released_at is not null) as is_free
  ), let_in as (
    delete from sync.waiting_runs w using place p
    where w.org_id = $1 and w.connection_id = $2 and (p.is_free or w.released_at is not null) returning 1
  ), held as (
    insert into sync.waiting_runs as w (org_id, connection_id, trigger, slot, priority, since)
    select c.org_id, c.id, $3, $4::timestamptz, c.priority, $5::timestamptz from sync.connections c cross join place p
    where c.org_id = $1 and c.id = $2 and c.status = 'active' and (c.run_lease is null or c.run_leased_until <= now())
      and not p.is_free and not exists (select from let_in)
    on conflict (org_id, connection_id) do update set priority = greatest(w.priority, excluded.priority)
    returning 1
  )
  select exists (select from held) as "isHeld"`;

/**
 * Has a run wait when its organization has its share of the workers, counting those that were released and have not begun. To be followed
 * by beginning it (`openRun`) in the same transaction. However often a connection is asked for meanwhile, one run of it waits.
 * @returns whether it waits: for `releaseWaiting`
 */
export async function holdBack(
  tx: TenantTransaction,
  { connectionId, trigger, slot, now }: RunRequest & { now: Date },
): Promise<boolean> {
  await tx.query(`select ${shareLock('$1::text')}`, [tx.orgId]);
  // A statement after the lock's: it must see what was committed before the lock was free.
  const values = [tx.orgId, connectionId, trigger, slot ?? null, now, share];
  const [row] = await tx.query<{ isHeld: boolean }>(holdStatement, values);
  return row?.isHeld ?? false;
}
