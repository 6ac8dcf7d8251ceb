import { neon } from '@neondatabase/serverless';
import { AppError } from '@tributary/core/errors';
import { isUuid } from '@tributary/core/ids';
import { sql } from 'drizzle-orm';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';
import type { Database } from './connection.ts';
import { isTransient } from './sqlstate.ts';
import type { TenantContext } from './transaction.ts';

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
export async function readTenant<Rows>(
  { database, orgId }: TenantContext,
  select: (reader: NeonHttpDatabase) => PromiseLike<Rows>,
): Promise<Rows> {
  if (!isUuid(orgId)) throw new TypeError('orgId must be a UUID');
  const reader = readerOf(database);
  const bind = reader.select({ bound: sql`set_config('app.org_id', ${orgId}, true)` });
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
