import { hash, randomUUID } from 'node:crypto';
import type { Json } from '@tributary/core/canonical-json';
import { type Transaction, withSystem, withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { expect, vi } from 'vitest';
import { bury } from './erased.ts';
import { idName, type Name } from './names.ts';
import { type FailedErasure, type SweepDependencies, sweepErasures } from './sweep-erasure.ts';

export const noon = new Date('2026-06-01T12:00:00Z');
export const minutesLater = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);

/** An organization with an account at Square, what came from there, and who was erased from it. */
export class Archive {
  readonly database: TestDatabase;
  readonly orgId: string;
  readonly connectionId: string;

  constructor(database: TestDatabase, orgId: string, connectionId: string) {
    this.database = database;
    this.orgId = orgId;
    this.connectionId = connectionId;
  }

  /** With the id of the organization as the first value. */
  async rows<Row = Record<string, unknown>>(text: string, ...values: unknown[]): Promise<Row[]> {
    return (await this.database.superuser.query(text, [this.orgId, ...values])).rows;
  }

  /** As the domain does it: what the subject was known by is remembered, and the bytes wait. @returns the customer */
  async erase(squareId: string, { requestedAt = noon, more = [] }: { requestedAt?: Date; more?: Name[] } = {}) {
    const customerId = randomUUID();
    await withTenant({ database: this.database.api, orgId: this.orgId }, async (tx) => {
      await bury(tx, customerId, [idName('square', squareId), ...more], { areReferences: false });
      await tx.query('insert into privacy.erasures (org_id, customer_id, requested_at) values ($1, $2, $3)', [
        ...[tx.orgId, customerId, requestedAt],
      ]);
    });
    return customerId;
  }

  /** A delivery with an event of the organization, which tells of a customer. @param id a UUID: deliveries are gone through in their order */
  async deliver(
    customerId: string,
    { id = randomUUID(), ...more }: { id?: string; order_id?: string } = {},
  ): Promise<string> {
    const body = Buffer.from(
      JSON.stringify({ event_id: id, data: { customer_id: customerId, note: 'for Ann', ...more } }),
    );
    await this.rows(
      `with d as (
         insert into inbox.deliveries (id, provider, sha256, received_at, url, headers, body, status)
         values ($2, 'square', $3, now(), '', '{}', $4, 'routed') returning id
       )
       insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at, payload, status, processed_at)
       select $1, $5, d.id, 'square', d.id::text, 'payment', now(), '{}', 'applied', now() from d`,
      ...[id, hash('sha256', body, 'buffer'), body, this.connectionId],
    );
    return id;
  }

  /** An object as the provider has it, with whom it tells of. */
  async keep(...objects: ({ id: string } & Record<string, Json>)[]): Promise<void> {
    await this.rows(
      `insert into sync.objects (org_id, connection_id, resource, external_id, version, removed, body, content_hash, seen_at)
       select $1, $2, 'orders', o ->> 'id', now(), false, o, sha256(''), now() from jsonb_array_elements($3::jsonb) o`,
      ...[this.connectionId, JSON.stringify(objects)],
    );
  }

  kept() {
    return this.rows<{ id: string; body: Json }>(
      'select external_id as id, body from sync.objects where org_id = $1 order by 1',
    );
  }

  async isRedacted(deliveryId: string): Promise<boolean> {
    const [row] = await this.rows<{ redacted: boolean }>(
      'select redacted_at is not null and $1::uuid is not null as redacted from inbox.deliveries where id = $2',
      deliveryId,
    );
    return row?.redacted ?? false;
  }

  erasures() {
    return this.rows<{ position: Json; swept: boolean }>(
      'select position, swept_at is not null as swept from privacy.erasures where org_id = $1 order by requested_at',
    );
  }
}

export async function openArchive(database: TestDatabase): Promise<Archive> {
  const orgId = await createOrganization(database);
  const { rows } = await database.superuser.query(
    `insert into sync.connections (org_id, provider, account_ref) values ($1, 'square', $2) returning id`,
    [orgId, randomUUID()],
  );
  return new Archive(database, orgId, rows[0].id);
}

/** As the schedule does an hour later. */
export async function sweepAll(database: TestDatabase, change: Partial<SweepDependencies> = {}) {
  const failures: FailedErasure[] = [];
  const ended = await sweepErasures(
    {
      worker: database.worker,
      system: database.system,
      eraseLate: async () => undefined,
      facts: { readNames: async () => [], sweep: async () => null },
      mayGoOn: () => true,
      report: (failure) => failures.push(failure),
      ...change,
    },
    minutesLater(60),
  );
  return { ended, failures };
}

/** Does something while what is begun waits for a delivery, and then lets it go on. */
export async function whileHeld<Result>(
  { system, superuser }: TestDatabase,
  deliveryId: string,
  begin: () => Promise<Result>,
  meanwhile: (holder: Transaction) => Promise<unknown>,
): Promise<Result> {
  const begun = await withSystem(system, async (tx) => {
    await tx.query('select from inbox.deliveries where id = $1 for update', [deliveryId]);
    const result = begin();
    await vi.waitFor(async () => {
      const waiting = await superuser.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(waiting.rowCount).toBe(1);
    }, 10_000);
    await meanwhile(tx);
    return { result };
  });
  return begun.result;
}
