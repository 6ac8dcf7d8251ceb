import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

export interface DueConnection {
  orgId: string;
  connectionId: string;
  /** Since when it is due: the time that the schedule had set. */
  slot: Date;
}

/** What is due, and when the claim of it ends unless its next time is set (`scheduleNext`). */
export interface Claim {
  due: DueConnection[];
  endsAt: Date;
}

/** Sending takes seconds. What is claimed and never sent is due again after that. */
const claimMs = 2 * 60_000;

/** Whom somebody waits for goes so many turns ahead. More, and an organization could put all it has before everybody's else. */
const turnsAhead = 10;

/** An organization that has as many runs waiting for its share of the workers gets no more: its share is busy for longer than a minute. */
const waitingAtMost = 1_000;

/**
 * Claims connections that are due, in one statement: whoever else looks at the same moment finds others. Organizations take turns, each
 * with the one that somebody waits for, or else with its longest due. Those of suspended organizations stay due, and so do those of one that
 * has more waiting than its share of the workers gets done until the next time.
 * @param intervals by provider, in milliseconds; a provider without one is never pulled from.
 */
export async function claimDue(
  system: Database,
  { now, intervals, atMost }: { now: Date; intervals: Readonly<Record<string, number>>; atMost: number },
): Promise<Claim> {
  const endsAt = new Date(now.getTime() + claimMs);
  const due = await systemStatement<DueConnection>(
    system,
    `with enough as materialized (
       select org_id from sync.waiting_runs group by org_id having count(*) >= $6
     ), due as (
       select c.org_id, c.id, row_number() over (partition by c.org_id order by c.priority desc, c.next_run_at, c.id) - $5 * c.priority as turn
       from sync.connections c
       join identity.organizations o on o.id = c.org_id and o.status = 'active'
       where c.next_run_at <= $1 and c.status = 'active' and c.provider = any ($2)
         and c.org_id not in (select org_id from enough)
     ), chosen as (
       select c.org_id, c.id, c.next_run_at, d.turn from due d join sync.connections c on c.org_id = d.org_id and c.id = d.id
       where c.next_run_at <= $1 and c.status = 'active'
       order by d.turn, c.next_run_at limit $4 for update of c skip locked
     ), claimed as (
       update sync.connections c set next_run_at = $3 from chosen d where c.org_id = d.org_id and c.id = d.id
       returning c.org_id as "orgId", c.id as "connectionId", d.next_run_at as slot, d.turn
     )
     select "orgId", "connectionId", slot from claimed order by turn, slot`,
    [now, Object.keys(intervals), endsAt, atMost, turnsAhead, waitingAtMost],
  );
  return { due, endsAt };
}

/**
 * Sets when those that were claimed and sent are due next, however many of their times were missed: their interval from now on, a tenth
 * more or less, so that those connected together drift apart. What a run has set meanwhile stays.
 */
export async function scheduleNext(
  system: Database,
  { due, endsAt }: Claim,
  { now, intervals }: { now: Date; intervals: Readonly<Record<string, number>> },
): Promise<void> {
  await systemStatement(
    system,
    `update sync.connections c set next_run_at = $5::timestamptz + make_interval(secs => i.ms * (0.9 + random() * 0.2) / 1000)
     from unnest($1::uuid[], $2::uuid[]) as d (org_id, id), unnest($3::text[], $4::float8[]) as i (provider, ms)
     where c.org_id = d.org_id and c.id = d.id and c.next_run_at = $6 and i.provider = c.provider`,
    [
      due.map(({ orgId }) => orgId),
      due.map(({ connectionId }) => connectionId),
      Object.keys(intervals),
      Object.values(intervals),
      now,
      endsAt,
    ],
  );
}
