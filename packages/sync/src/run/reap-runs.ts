import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

export interface ReapedRun {
  orgId: string;
  connectionId: string;
  runId: string;
}

/**
 * Ends runs that were left behind: their workers have not extended their leases, of which the database's clock tells. A worker that is there
 * after all has lost its lease with it, and writes nothing more. When the connection is pulled from next is as the schedule has it.
 */
export function reapRuns(system: Database, { now, atMost }: { now: Date; atMost: number }): Promise<ReapedRun[]> {
  return systemStatement<ReapedRun>(
    system,
    `with stale as (
       select r.org_id, r.id, r.connection_id from sync.runs r
       join sync.connections c on c.org_id = r.org_id and c.id = r.connection_id
       where r.status = 'running' and (c.run_leased_until is null or c.run_leased_until <= now())
       order by r.id limit $2 for update of c, r skip locked
     ), freed as (
       update sync.connections c set run_lease = null, run_leased_until = null, failures = c.failures + 1
       from stale s where c.org_id = s.org_id and c.id = s.connection_id
     )
     update sync.runs r set status = 'failed', reason = 'left_behind', finished_at = $1
     from stale s where r.org_id = s.org_id and r.id = s.id
     returning r.org_id as "orgId", r.connection_id as "connectionId", r.id as "runId"`,
    [now, atMost],
  );
}
