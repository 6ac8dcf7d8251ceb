import { contentHash, type Json } from '@tributary/core/canonical-json';
import type { TenantTransaction } from '@tributary/db/transaction';
import { findErased } from './erased.ts';
import { idName } from './names.ts';
import { redactDocuments } from './redact-documents.ts';
import { redactPulls } from './redact-pulls.ts';
import { replaceId } from './replace-id.ts';

export interface SweepPage {
  /** The key of the first row; null: from the beginning. */
  from: string | null;
}

export interface SweptPage {
  /** Where the next page begins, with the last row of this one; null after the last page. */
  next: string | null;
  /** Names that were told of erased subjects beside those that were known. */
  found: number;
}

const pageSize = 200;
/** As an id. */
export const smallest = '00000000-0000-0000-0000-000000000000';

/** A row that is read again changes nothing, so a page begins with the last row of the one before. */
export const nextOf = <Row extends { id: string }>(rows: readonly Row[]): string | null =>
  rows.length < pageSize ? null : (rows.at(-1) as Row).id;

export const pageBounds = ({ from }: SweepPage) => [from ?? smallest, pageSize] as const;

interface StoredObject {
  connectionId: string;
  provider: string;
  resource: string;
  externalId: string;
  body: Json;
}

const firstObject = [smallest, '', ''];
const keyOf = ({ connectionId, resource, externalId }: StoredObject) => [connectionId, resource, externalId];

/** Objects in the order of their keys. */
export function readObjects(tx: TenantTransaction, { from }: SweepPage): Promise<StoredObject[]> {
  return tx.query<StoredObject>(
    `select o.connection_id as "connectionId", c.provider, o.resource, o.external_id as "externalId", o.body
     from sync.objects o join sync.connections c on c.org_id = $1 and c.id = o.connection_id
     where o.org_id = $1 and (o.connection_id, o.resource, o.external_id) >= ($2, $3, $4)
     order by o.connection_id, o.resource, o.external_id limit $5`,
    [tx.orgId, ...(from === null ? firstObject : JSON.parse(from)), pageSize],
  );
}

export async function sweepObjects(tx: TenantTransaction, page: SweepPage): Promise<SweptPage> {
  const rows = await readObjects(tx, page);
  const { documents, erased, found } = await redactDocuments(
    tx,
    rows.map(({ provider, body }) => ({ provider, json: body })),
    rows.map(({ provider, externalId }) => idName(provider, externalId)),
  );
  let last = page.from ?? JSON.stringify(firstObject);
  for (const [index, row] of rows.entries()) {
    const body = documents[index] as Json;
    const renamed = replaceId(row.externalId, erased, row.provider);
    // How far it has come is kept, and is not to be told by a name that has just gone.
    if (renamed === row.externalId) last = JSON.stringify(keyOf(row));
    if (body !== row.body || renamed !== row.externalId) await replaceObject(tx, row, { body, externalId: renamed });
  }
  return { next: rows.length < pageSize ? null : last, found };
}

/** Where the same object has come under its pseudonym since, the one under its name goes. */
async function replaceObject(
  tx: TenantTransaction,
  { connectionId, resource, externalId }: StoredObject,
  kept: { body: Json; externalId: string },
): Promise<void> {
  const key = [tx.orgId, connectionId, resource, externalId];
  const replaced = await tx.query(
    `update sync.objects set external_id = $5, body = $6, content_hash = $7
     where org_id = $1 and connection_id = $2 and resource = $3 and external_id = $4 and (external_id = $5 or not exists (
       select from sync.objects o where o.org_id = $1 and o.connection_id = $2 and o.resource = $3 and o.external_id = $5))
     returning external_id`,
    [...key, kept.externalId, JSON.stringify(kept.body), contentHash(kept.body)],
  );
  if (replaced.length > 0) return;
  await tx.query(
    'delete from sync.objects where org_id = $1 and connection_id = $2 and resource = $3 and external_id = $4',
    key,
  );
}

export async function sweepPulls(tx: TenantTransaction, page: SweepPage): Promise<SweptPage> {
  const rows = await tx.query<{ id: string; provider: string; request: string; body: Buffer }>(
    `select p.id, c.provider, p.request, p.body from sync.pulls p
     join sync.connections c on c.org_id = $1 and c.id = p.connection_id
     where p.org_id = $1 and p.id >= $2 order by p.id limit $3`,
    [tx.orgId, ...pageBounds(page)],
  );
  let found = 0;
  for (const [provider, pulls] of Map.groupBy(rows, (row) => row.provider)) {
    const redacted = await redactPulls(tx, provider, pulls);
    found += redacted.found;
    const changed = redacted.pulls.filter(({ isRedacted }) => isRedacted);
    await tx.query(
      `update sync.pulls p set request = r.request, body = decode(r.body, 'base64'), redacted_at = now()
       from unnest($2::uuid[], $3::text[], $4::text[]) as r (id, request, body) where p.org_id = $1 and p.id = r.id`,
      [
        tx.orgId,
        changed.map(({ id }) => id),
        changed.map(({ request }) => request),
        changed.map(({ body }) => Buffer.from(body).toString('base64')),
      ],
    );
  }
  return { next: nextOf(rows), found };
}

export async function sweepEvents(tx: TenantTransaction, page: SweepPage): Promise<SweptPage> {
  const rows = await tx.query<{ id: string; provider: string; payload: Json }>(
    `select id, provider, payload from inbox.events where org_id = $1 and id >= $2 order by id limit $3`,
    [tx.orgId, ...pageBounds(page)],
  );
  const { documents, found } = await redactDocuments(
    tx,
    rows.map(({ provider, payload }) => ({ provider, json: payload })),
  );
  const changed = rows.flatMap(({ id, payload }, index) =>
    documents[index] === payload ? [] : [{ id, payload: documents[index] as Json }],
  );
  await tx.query(
    `update inbox.events e set payload = r.payload from unnest($2::uuid[], $3::jsonb[]) as r (id, payload)
     where e.org_id = $1 and e.id = r.id`,
    [tx.orgId, changed.map(({ id }) => id), changed.map(({ payload }) => JSON.stringify(payload))],
  );
  return { next: nextOf(rows), found };
}

/**
 * What differed from a provider names its objects. Where the pseudonym has differed as well since, the one under the name is settled: no
 * list has it any more.
 */
export async function sweepDrifts(tx: TenantTransaction, page: SweepPage): Promise<SweptPage> {
  const rows = await tx.query<{ id: string; provider: string; externalId: string }>(
    `select d.id, c.provider, d.external_id as "externalId" from sync.drifts d
     join sync.connections c on c.org_id = $1 and c.id = d.connection_id
     where d.org_id = $1 and d.id >= $2 order by d.id limit $3`,
    [tx.orgId, ...pageBounds(page)],
  );
  const erased = await findErased(
    tx,
    rows.map(({ provider, externalId }) => idName(provider, externalId)),
  );
  const changed = rows
    .map((row) => ({ ...row, renamed: replaceId(row.externalId, erased, row.provider) }))
    .filter(({ externalId, renamed }) => renamed !== externalId);
  await tx.query(
    `update sync.drifts d set external_id = case when r.taken then 'erased-' || r.id else r.pseudonym end,
       status = case when r.taken then 'settled' else d.status end, settled_at = case when r.taken then coalesce(d.settled_at, now()) else d.settled_at end
     from (
       select w.id, w.pseudonym, row_number() over (partition by x.connection_id, x.resource, w.pseudonym order by w.id) > 1 or exists (
         select from sync.drifts o where o.org_id = $1 and o.connection_id = x.connection_id and o.resource = x.resource
           and o.external_id = w.pseudonym) as taken
       from unnest($2::uuid[], $3::text[]) as w (id, pseudonym) join sync.drifts x on x.org_id = $1 and x.id = w.id
     ) r where d.org_id = $1 and d.id = r.id`,
    [tx.orgId, changed.map(({ id }) => id), changed.map(({ renamed }) => renamed)],
  );
  return { next: nextOf(rows), found: 0 };
}
