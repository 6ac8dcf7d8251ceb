import { neon } from '@neondatabase/serverless';
import type { VerifiedContacts } from '@tributary/core/contact';
import { AppError } from '@tributary/core/errors';
import { isUuid } from '@tributary/core/ids';
import { type SQL, sql } from 'drizzle-orm';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { Database } from './connection.ts';
import { isTransient } from './sqlstate.ts';
import type { TenantContext } from './transaction.ts';

/** Drizzle's builders of selects, whether in a transaction or for a single read. */
export type Reader = Pick<PgDatabase<PgQueryResultHKT>, 'select' | 'selectDistinct'>;

const readers = new WeakMap<Database, NeonHttpDatabase>();

function readerOf(database: Database): NeonHttpDatabase {
  const known = readers.get(database);
  if (known) return known;
  const reader = drizzle(neon(database.url, { readOnly: true }));
  readers.set(database, reader);
  return reader;
}

/**
 * Reads as the organization in one round trip: the driver's HTTP protocol runs `set_config` and the select in one read-only
 * transaction. `select` hands back a builder of Drizzle, not awaited. For a request that reads once; what reads and then writes belongs into `withTenant`.
 * @throws AppError `unavailable` when the database is not reachable.
 */
export async function readTenant<Rows>({ database, orgId }: TenantContext, select: Select<Rows>): Promise<Rows> {
  if (!isUuid(orgId)) throw new TypeError('orgId must be a UUID');
  return readBound(database, { org: sql`set_config('app.org_id', ${orgId}, true)` }, select);
}

/** Somebody who buys, and the database as the login for them. */
export interface ConsumerContext {
  database: Database;
  contacts: VerifiedContacts;
}

/**
 * Reads what is a consumer's own, in all organizations, in one round trip. Without a contact there is nothing.
 * @throws AppError `unavailable` when the database is not reachable.
 */
export async function readConsumer<Rows>(
  { database, contacts: { email, mobile } }: ConsumerContext,
  select: Select<Rows>,
): Promise<Rows> {
  const settings = {
    email: sql`set_config('app.consumer_email', ${email ?? ''}, true)`,
    mobile: sql`set_config('app.consumer_mobile', ${mobile ?? ''}, true)`,
  };
  return readBound(database, settings, select);
}

type Select<Rows> = (reader: NeonHttpDatabase) => PromiseLike<Rows>;

async function readBound<Rows>(database: Database, settings: Record<string, SQL>, select: Select<Rows>) {
  const reader = readerOf(database);
  const bind = reader.select(settings);
  try {
    // The builders' own batch type wants literal tuples of its runnable queries; what comes back is one result per query.
    const batch = reader.batch as unknown as (queries: unknown[]) => Promise<unknown[]>;
    const [, rows] = await batch.call(reader, [bind.from(sql`(values (1)) as one`), select(reader)]);
    return rows as Rows;
  } catch (error) {
    if (isTransient(error)) throw new AppError('unavailable', 'The database is not reachable.', { cause: error });
    throw error;
  }
}
