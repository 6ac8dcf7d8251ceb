import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolClient } from '@neondatabase/serverless';
import type { Database } from './connection.ts';

export interface Migration {
  /** File name: `0001_roles.sql`. Names sort in the order they apply. */
  name: string;
  sql: string;
  /** SHA-256 of the text, hex. */
  checksum: string;
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** Reads a folder of `NNNN_name.sql` files in order. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const misnamed = names.find((name) => !/^\d{4}_[a-z0-9_]+\.sql$/.test(name));
  if (misnamed !== undefined) throw new MigrationError(`${misnamed}: name migrations NNNN_what_it_does.sql`);
  return names.map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

// Any constant will do, as long as every deployment uses the same.
const advisoryLock = 7_241_931;

export interface MigrateOptions {
  /** Called after each migration has committed. */
  afterEach?: (migration: Migration) => Promise<void>;
}

/**
 * Applies what is missing, oldest first, each file in its own transaction together with the record that it ran. Only one runner
 * works at a time; a lock it cannot get within 3 s fails the migration instead of stopping traffic behind it.
 * @returns the names applied now.
 * @throws MigrationError when an applied file was edited or is missing, or a new one sorts before an applied one.
 */
export async function migrate(database: Database, migrations: readonly Migration[], options: MigrateOptions = {}) {
  const client = await database.pool.connect();
  try {
    await client.query(`select pg_advisory_lock(${advisoryLock})`);
    await client.query(`set lock_timeout = '3s'`);
    await client.query(`create schema if not exists migrations`);
    await client.query(
      `create table if not exists migrations.applied (name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
    );
    const pending = pendingOf(migrations, await appliedOn(client));
    for (const migration of pending) {
      await apply(client, migration);
      await options.afterEach?.(migration);
    }
    return pending.map(({ name }) => name);
  } finally {
    // The session ends here, and with it the lock and the setting.
    client.release(true);
  }
}

async function appliedOn(client: PoolClient): Promise<{ name: string; checksum: string }[]> {
  const { rows } = await client.query('select name, checksum from migrations.applied order by name');
  return rows;
}

function pendingOf(migrations: readonly Migration[], applied: readonly { name: string; checksum: string }[]) {
  for (const [index, { name, checksum }] of applied.entries()) {
    const file = migrations[index];
    if (file?.name !== name) {
      const early = file && !applied.some((done) => done.name === file.name);
      throw new MigrationError(
        early
          ? `${file.name} sorts before ${name}, which is applied: give it a later number`
          : `${name} is applied to the database and missing here`,
      );
    }
    if (file.checksum !== checksum)
      throw new MigrationError(`${name} was changed after it was applied: write a new migration`);
  }
  return migrations.slice(applied.length);
}

async function apply(client: PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into migrations.applied (name, checksum) values ($1, $2)', [name, checksum]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch(() => undefined);
    throw new MigrationError(`${name} failed and was rolled back: ${(cause as Error).message}`, { cause });
  }
}
