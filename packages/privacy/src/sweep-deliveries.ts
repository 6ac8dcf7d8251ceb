import { hash } from 'node:crypto';
import type { Json } from '@tributary/core/canonical-json';
import type { Database } from '@tributary/db/connection';
import { systemStatement, withTenant } from '@tributary/db/transaction';
import { noteFound } from './open-erasure.ts';
import { type Document, redactDocuments } from './redact-documents.ts';
import { readJson } from './redact-pulls.ts';
import { nextOf, pageBounds, type SweepPage, smallest } from './sweep-tables.ts';

interface Archive {
  worker: Database;
  system: Database;
  orgId: string;
  /** Whose erasures are told what is found; none when nothing is gone through. */
  customerIds: readonly string[];
}

interface Stored extends Document {
  id: string;
}

/** What does not belong to one organization is read and written by the system's login, and compared with the names that one erased. */
async function redactStored<Row extends Stored>({ worker, orgId, customerIds }: Archive, rows: readonly Row[]) {
  const documents = await withTenant({ database: worker, orgId }, async (tx) => {
    const redacted = await redactDocuments(tx, rows);
    await noteFound(tx, customerIds, redacted.found);
    return redacted.documents;
  });
  return rows.flatMap((row, index) =>
    documents[index] === row.json ? [] : [{ ...row, text: JSON.stringify(documents[index] as Json) }],
  );
}

interface StoredDelivery extends Stored {
  body: Buffer;
}

const readDelivery = ({ id, provider, body }: Omit<StoredDelivery, 'json'>): StoredDelivery => ({
  ...{ id, provider, body },
  json: readJson(body),
});

/**
 * The deliveries that hold an event of the organization, or told once more of one. They may hold others' events too: of these nothing is
 * touched. @returns where the next page begins; null after the last
 */
export async function sweepDeliveries(archive: Archive, page: SweepPage): Promise<string | null> {
  const rows = await systemStatement<{ id: string; provider: string; body: Buffer }>(
    archive.system,
    `select d.id, d.provider, d.body from (
       (select distinct e.delivery_id as id from inbox.events e where e.org_id = $1 and e.delivery_id >= $2 order by 1 limit $3)
       union
       (select distinct r.delivery_id from sync.connections c
        join inbox.repeats r on r.provider = c.provider and r.account_ref = c.account_ref
        where c.org_id = $1 and r.delivery_id >= $2 order by 1 limit $3)
     ) told join inbox.deliveries d on d.id = told.id order by d.id limit $3`,
    [archive.orgId, ...pageBounds(page)],
  );
  const areRedacted = await redactDeliveries(archive, rows.map(readDelivery));
  return areRedacted ? nextOf(rows) : again(page);
}

/**
 * Events of the organization's accounts that nobody has taken, as of one that was disconnected; and their deliveries.
 * @returns where the next page begins; null after the last
 */
export async function sweepParked(archive: Archive, page: SweepPage): Promise<string | null> {
  const rows = await systemStatement<{ id: string; deliveryId: string; provider: string; payload: Json; body: Buffer }>(
    archive.system,
    `select p.id, p.delivery_id as "deliveryId", p.provider, p.payload, d.body from sync.connections c
     join inbox.parked_events p on p.provider = c.provider and p.account_ref = c.account_ref
     join inbox.deliveries d on d.id = p.delivery_id
     where c.org_id = $1 and p.id >= $2 order by p.id limit $3`,
    [archive.orgId, ...pageBounds(page)],
  );
  const changed = await redactStored(
    archive,
    rows.map(({ id, provider, payload }) => ({ id, provider, json: payload })),
  );
  await systemStatement(
    archive.system,
    `update inbox.parked_events p set payload = r.payload from unnest($1::uuid[], $2::jsonb[]) as r (id, payload) where p.id = r.id`,
    [changed.map(({ id }) => id), changed.map(({ text }) => text)],
  );
  const deliveries = rows.map(({ deliveryId, ...row }) => readDelivery({ ...row, id: deliveryId }));
  const areRedacted = await redactDeliveries(archive, [...new Map(deliveries.map((one) => [one.id, one])).values()]);
  return areRedacted ? nextOf(rows) : again(page);
}

/** The same page once more: an answer of null would say that it was the last. */
const again = ({ from }: SweepPage) => from ?? smallest;

/** @returns false when one was redacted for another organization meanwhile, and stayed as it is */
async function redactDeliveries(archive: Archive, read: readonly StoredDelivery[]): Promise<boolean> {
  const changed = await redactStored(archive, read);
  if (changed.length === 0) return true;
  const bodies = changed.map(({ text }) => Buffer.from(text));
  const replaced = await systemStatement(
    archive.system,
    `update inbox.deliveries d set body = decode(r.body, 'base64'), redacted_sha256 = r.sha256, redacted_at = now()
     from unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[]) as r (id, body, sha256, before)
     where d.id = r.id and sha256(d.body) = r.before returning d.id`,
    [
      changed.map(({ id }) => id),
      bodies.map((body) => body.toString('base64')),
      bodies.map((body) => hash('sha256', body, 'buffer')),
      changed.map(({ body }) => hash('sha256', body, 'buffer')),
    ],
  );
  return replaced.length === changed.length;
}

/** One delivery, if its bytes say something of who was erased from the organization. */
export async function redactDelivery(databases: Omit<Archive, 'customerIds'>, deliveryId: string): Promise<void> {
  const archive = { ...databases, customerIds: [] };
  for (let isRedacted = false; !isRedacted; ) {
    const rows = await systemStatement<{ id: string; provider: string; body: Buffer }>(
      archive.system,
      'select id, provider, body from inbox.deliveries where id = $1',
      [deliveryId],
    );
    isRedacted = await redactDeliveries(archive, rows.map(readDelivery));
  }
}
