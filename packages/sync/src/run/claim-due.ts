import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

export interface DueConnection {
  orgId: string;
  connectionId: string;
}

/**
 * Claims connections that are due, longest due first, and sets their next time: whoever else looks at the same moment finds others. The
 * interval varies by a tenth, so that those connected together drift apart. Those of suspended organizations stay due.
 * @param intervals by provider, in milliseconds; a provider without one is never pulled from.
 */
export function claimDue(
  system: Database,
  { now, intervals, atMost }: { now: Date; intervals: Readonly<Record<string, number>>; atMost: number },
): Promise<DueConnection[]> {
  return systemStatement<DueConnection>(
    system,
    `with due as (
       select c.org_id, c.id, i.ms from sync.connections c
       join unnest($2::text[], $3::float8[]) as i (provider, ms) on i.provider = c.provider
       join identity.organizations o on o.id = c.org_id and o.status = 'active'
       where c.next_run_at <= $1 and c.status = 'active' order by c.next_run_at limit $4 for update of c skip locked
     )
     update sync.connections c set next_run_at = $1::timestamptz + make_interval(secs => d.ms * (0.9 + random() * 0.2) / 1000)
     from due d where c.org_id = d.org_id and c.id = d.id
     returning c.org_id as "orgId", c.id as "connectionId"`,
    [now, Object.keys(intervals), Object.values(intervals), atMost],
  );
}
