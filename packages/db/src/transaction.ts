import { hash } from 'node:crypto';
import type { PoolClient } from '@neondatabase/serverless';
import { AppError } from '@tributary/core/errors';
import { isUuid } from '@tributary/core/ids';
import { drizzle, type NeonDatabase } from 'drizzle-orm/neon-serverless';
import type { Database } from './connection.ts';
import { isTransient, sqlState } from './sqlstate.ts';

export interface Transaction {
  /** Runs one parameterised statement. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The same transaction for Drizzle's builders. */
  readonly drizzle: NeonDatabase;
}

declare const tenant: unique symbol;

/** A transaction that sees and changes one organization only. Nothing but `withTenant` makes one. */
export interface TenantTransaction extends Transaction {
  readonly orgId: string;
  readonly [tenant]: true;
}

export interface TenantContext {
  database: Database;
  orgId: string;
}

const maxAttempts = 5;

/**
 * Runs `work` in a transaction bound to the organization, and again from the start when the database asks for it
 * (`isTransient`, at most five times): `work` must have no effect outside the transaction.
 * @throws AppError `unavailable` when the database stays away, or when it is unknown whether COMMIT arrived; `work`'s own errors
 * as they are, after a rollback.
 */
export function withTenant<Result>(
  { database, orgId }: TenantContext,
  work: (tx: TenantTransaction) => Promise<Result>,
): Promise<Result> {
  if (!isUuid(orgId)) throw new TypeError('orgId must be a UUID');
  // One message, one round trip. The id is a checked UUID, so it may stand in the text; a simple query takes no parameters.
  const begin = `begin; select set_config('app.org_id', '${orgId}', true)`;
  return retried(database, begin, (transaction) => work(Object.assign(transaction, { orgId }) as TenantTransaction));
}

/** Like `withTenant` for the login that works across organizations: its policies decide what it sees. */
export function withSystem<Result>(database: Database, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return retried(database, 'begin', work);
}

/**
 * Runs one statement as a transaction of its own, one round trip, for the system login. It is run again after a failure, an unknown
 * outcome included: use it for what may happen twice.
 */
export function systemStatement<Row extends object>(
  database: Database,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return untilReachable(async () => {
    const { rows } = await database.pool.query({ name: nameOf(text), text, values: values as unknown[] });
    return rows as Row[];
  });
}

function retried<Result>(database: Database, begin: string, work: (tx: Transaction) => Promise<Result>) {
  return untilReachable(() => once(database, begin, work));
}

async function untilReachable<Result>(attemptOnce: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce();
    } catch (error) {
      if (error instanceof AppError || !isTransient(error)) throw error;
      if (attempt === maxAttempts)
        throw new AppError('unavailable', 'The database is not reachable.', { cause: error });
      await pause(attempt);
    }
  }
}

/** 10, 20, 40, 80 ms, each shortened at random by up to half, so that those who collided do not meet again. */
function pause(attempt: number): Promise<void> {
  const longestMs = 10 * 2 ** (attempt - 1);
  return new Promise((resolve) => setTimeout(resolve, longestMs * (1 - Math.random() / 2)));
}

async function once<Result>(database: Database, begin: string, work: (tx: Transaction) => Promise<Result>) {
  const client = await database.pool.connect();
  let broken: unknown;
  try {
    await client.query(begin);
    const result = await work(transactionOn(client));
    await commit(client);
    return result;
  } catch (error) {
    // A rollback that fails says the connection is gone; what the caller must see is why we rolled back.
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken !== undefined);
  }
}

async function commit(client: PoolClient): Promise<void> {
  try {
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') throw new Error('the transaction had failed and was rolled back');
  } catch (error) {
    // 40xxx: the server says that it rolled back, so the whole may run again.
    if (sqlState(error)?.startsWith('40') || !isTransient(error)) throw error;
    // Sent, and no answer: it may have happened. Running the work again is for those who made it idempotent.
    throw new AppError('unavailable', 'The outcome of the transaction is unknown.', { cause: error });
  }
}

const names = new Map<string, string>();

/**
 * The name a statement is prepared under, once per connection, so that it is parsed and planned once. Texts are constants of the
 * code (values are parameters), so there are few.
 */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `s${names.size}_${hash('sha1', text).slice(0, 12)}`;
  names.set(text, name);
  return name;
}

function transactionOn(client: PoolClient): Transaction {
  let builders: NeonDatabase | undefined;
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const { rows } = await client.query({ name: nameOf(text), text, values: values as unknown[] });
      return rows as Row[];
    },
    get drizzle() {
      builders ??= drizzle(client);
      return builders;
    },
  };
}
