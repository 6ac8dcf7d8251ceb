import type { ReadHeld } from './compared.ts';

/** Of a provider whose objects no domain keeps: those that changed in the span last, as far as we know. */
export const readHeldObjects: ReadHeld = async (tx, { connectionId, span, refs }) => {
  const rows = await tx.query<{ resource: string; externalId: string; removed: boolean; version: Date }>(
    `select resource, external_id as "externalId", removed, version from sync.objects
     where org_id = $1 and connection_id = $2 and version >= $3 and version < $4
     union
     select o.resource, o.external_id, o.removed, o.version
     from unnest($5::text[], $6::text[]) as r (resource, external_id)
     join sync.objects o on o.org_id = $1 and o.connection_id = $2 and o.resource = r.resource and o.external_id = r.external_id`,
    [
      tx.orgId,
      connectionId,
      span.from,
      span.to,
      refs.map(({ resource }) => resource),
      refs.map(({ externalId }) => externalId),
    ],
  );
  return rows.map((row) => ({ compared: { kind: 'object', ...row }, points: null }));
};
