import type { StreamName } from '@tributary/core/pull-source';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { Progress } from '../walk/walk.ts';

/** A list of one connection and how far it has been walked. */
export interface Stream extends StreamName, Progress {
  id: string;
}

/**
 * The streams of a connection, as the provider lists them now: new ones are added, those it lists no more are left where they are.
 * Answers the ones to walk, first what was not walked for the longest time.
 */
export async function keepStreams(
  tx: TenantTransaction,
  connectionId: string,
  names: readonly StreamName[],
): Promise<Stream[]> {
  const listed = new Map(names.map((name) => [keyOf(name), name]));
  const resources = [...listed.values()].map(({ resource }) => resource);
  const locations = [...listed.values()].map(({ locationRef }) => locationRef);
  await tx.query(
    `insert into sync.streams as s (org_id, connection_id, resource, location_ref)
     select $1, $2, n.* from unnest($3::text[], $4::text[]) as n (resource, location_ref) order by n.resource, n.location_ref
     on conflict (org_id, connection_id, resource, location_ref) do update set status = 'active' where s.status <> 'active'`,
    [tx.orgId, connectionId, resources, locations],
  );
  await tx.query(
    `update sync.streams s set status = 'ended' where s.org_id = $1 and s.connection_id = $2 and s.status = 'active'
       and not exists (select from unnest($3::text[], $4::text[]) as n (resource, location_ref)
         where n.resource = s.resource and n.location_ref = s.location_ref)`,
    [tx.orgId, connectionId, resources, locations],
  );
  const streams = await tx.query<Stream>(
    `select id, resource, location_ref as "locationRef", watermark, position, highest,
       walk_began_at as "walkBeganAt"
     from sync.streams
     where org_id = $1 and connection_id = $2 and status = 'active'
     order by walked_at nulls first, resource, location_ref`,
    [tx.orgId, connectionId],
  );
  return streams.map((stream) => ({ ...listed.get(keyOf(stream)), ...stream }));
}

const keyOf = ({ resource, locationRef }: StreamName) => `${resource} ${locationRef}`;
