import { hash } from 'node:crypto';
import type { Json } from '@tributary/core/canonical-json';
import type { Database } from '@tributary/db/connection';
import { systemStatement, withTenant } from '@tributary/db/transaction';
import { type Document, redactDocuments } from './redact-documents.ts';
import { readJson } from './redact-pulls.ts';
import { pageBounds, pageOf, type SweepPage, type SweptPage } from './sweep-tables.ts';

interface Databases {
  worker: Database;
  system: Database;
  orgId: string;
}

interface Stored extends Document {
  id: string;
}

/** What does not belong to one organization is read and written by the system's login, and compared with the names that one erased. */
async function redactStored({ worker, orgId }: Databases, rows: readonly Stored[]) {
  const { documents, found } = await withTenant({ database: worker, orgId }, (tx) => redactDocuments(tx, rows));
  const changed = rows.flatMap(({ id, json }, index) =>
    documents[index] === json ? [] : [{ id, text: JSON.stringify(documents[index] as Json) }],
  );
  return { changed, found };
}

/** The deliveries that hold an event of the organization. One may hold others' events too: of these nothing is touched. */
export async function sweepDeliveries(databases: Databases, page: SweepPage): Promise<SweptPage> {
  const rows = await systemStatement<{ id: string; provider: string; body: Buffer }>(
    databases.system,
    `select d.id, d.provider, d.body from inbox.deliveries d
     where d.id >= $2 and exists (select from inbox.events e where e.org_id = $1 and e.delivery_id = d.id) order by d.id limit $3`,
    [databases.orgId, ...pageBounds(page)],
  );
  const read = rows.map(({ id, provider, body }) => ({ id, provider, json: readJson(body) }));
  const { changed, found } = await redactStored(databases, read);
  await replaceBodies(databases.system, changed);
  return pageOf(rows, ({ id }) => id, found);
}

/** Events of the organization's accounts that nobody has taken, as of one that was disconnected; and their deliveries. */
export async function sweepParked(databases: Databases, page: SweepPage): Promise<SweptPage> {
  const rows = await systemStatement<{ id: string; deliveryId: string; provider: string; payload: Json; body: Buffer }>(
    databases.system,
    `select p.id, p.delivery_id as "deliveryId", p.provider, p.payload, d.body from sync.connections c
     join inbox.parked_events p on p.provider = c.provider and p.account_ref = c.account_ref
     join inbox.deliveries d on d.id = p.delivery_id
     where c.org_id = $1 and p.id >= $2 order by p.id limit $3`,
    [databases.orgId, ...pageBounds(page)],
  );
  const { changed, found } = await redactStored(
    databases,
    rows.map(({ id, provider, payload }) => ({ id, provider, json: payload })),
  );
  await systemStatement(
    databases.system,
    `update inbox.parked_events p set payload = r.payload from unnest($1::uuid[], $2::jsonb[]) as r (id, payload) where p.id = r.id`,
    [changed.map(({ id }) => id), changed.map(({ text }) => text)],
  );
  const bodies = rows.map(({ deliveryId, provider, body }) => ({ id: deliveryId, provider, json: readJson(body) }));
  const ofDeliveries = await redactStored(databases, [...new Map(bodies.map((one) => [one.id, one])).values()]);
  await replaceBodies(databases.system, ofDeliveries.changed);
  return pageOf(rows, ({ id }) => id, found + ofDeliveries.found);
}

async function replaceBodies(system: Database, changed: readonly { id: string; text: string }[]): Promise<void> {
  const bodies = changed.map(({ text }) => Buffer.from(text));
  await systemStatement(
    system,
    `update inbox.deliveries d set body = decode(r.body, 'base64'), redacted_sha256 = r.sha256, redacted_at = now()
     from unnest($1::uuid[], $2::text[], $3::bytea[]) as r (id, body, sha256) where d.id = r.id`,
    [
      changed.map(({ id }) => id),
      bodies.map((body) => body.toString('base64')),
      bodies.map((body) => hash('sha256', body, 'buffer')),
    ],
  );
}

/** One delivery, if its bytes say something of who was erased from the organization. */
export async function redactDelivery(databases: Databases, deliveryId: string): Promise<void> {
  const rows = await systemStatement<{ id: string; provider: string; body: Buffer }>(
    databases.system,
    'select id, provider, body from inbox.deliveries where id = $1',
    [deliveryId],
  );
  const read = rows.map(({ id, provider, body }) => ({ id, provider, json: readJson(body) }));
  await replaceBodies(databases.system, (await redactStored(databases, read)).changed);
}
