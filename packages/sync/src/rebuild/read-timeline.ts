import type { ObjectRef } from '@tributary/core/day-source';
import type { StreamName, WalkPosition } from '@tributary/core/pull-source';
import type { TenantTransaction } from '@tributary/db/transaction';

/** What one transaction applied. `atUs`: when that began, in microseconds since 1970. */
export type Applied = { atUs: number } & (
  | { kind: 'events'; eventIds: string[] }
  | ({ kind: 'page'; connectionId: string; pullIds: string[]; position: WalkPosition } & StreamName)
  | ({ kind: 'object'; connectionId: string; pullIds: string[] } & ObjectRef)
);

const microseconds = (time: string) => `(extract(epoch from ${time}) * 1000000)::bigint`;

/**
 * All that was ever applied to an organization, in no order, but each with its time. Of what two transactions told at once, the order in
 * which they began stands for that in which they ended.
 */
export async function readTimeline(tx: TenantTransaction): Promise<Applied[]> {
  const events = await tx.query<{ atUs: number; eventIds: string[] }>(
    `select ${microseconds('processed_at')} as "atUs", array_agg(id order by id) as "eventIds"
     from inbox.events where org_id = $1 and status = 'applied' group by processed_at`,
    [tx.orgId],
  );
  const pages = await tx.query<Extract<Applied, { kind: 'page' }>>(
    `select ${microseconds('p.stored_at')} as "atUs", p.connection_id as "connectionId", p.position, s.resource,
       s.location_ref as "locationRef", array_agg(p.id order by p.id) as "pullIds"
     from sync.pulls p join sync.streams s on s.org_id = $1 and s.id = p.stream_id
     where p.org_id = $1 group by p.stored_at, p.connection_id, p.position, s.resource, s.location_ref`,
    [tx.orgId],
  );
  const objects = await tx.query<Extract<Applied, { kind: 'object' }>>(
    `select ${microseconds('p.stored_at')} as "atUs", p.connection_id as "connectionId", d.resource, d.external_id as "externalId",
       d.parent_id as "parentId", array_agg(p.id order by p.id) as "pullIds"
     from sync.pulls p join sync.drifts d on d.org_id = $1 and d.id = p.drift_id
     where p.org_id = $1 group by p.stored_at, p.connection_id, d.resource, d.external_id, d.parent_id`,
    [tx.orgId],
  );
  return [
    ...events.map((one) => ({ ...one, kind: 'events' as const })),
    ...pages.map((one) => ({ ...one, kind: 'page' as const })),
    ...objects.map((one) => ({ ...one, kind: 'object' as const })),
  ];
}
