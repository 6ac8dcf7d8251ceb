import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '@tributary/db/connection';
import { setLoginPasswords } from '@tributary/db/logins';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { projectRoot } from '@tributary/local/bundle';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import { type PostgresServer, startPostgres } from '@tributary/local/postgres';
import { createOwnerAndDatabase, databaseName, newPasswords, type Passwords, roleOf } from '@tributary/local/roles';
import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';
import { baselineSchema } from './baseline-schema.ts';

/** A database with our migrations and the baseline. */
export interface Books {
  /** Past every policy: sets up and checks. */
  superuser: pg.Client;
  /** The login that posts, bound by row-level security. */
  workerUrl: string;
}

export interface Stage {
  postmasterPid: number;
  /** A new database, a copy of the migrated one: no accounts, no postings. */
  openBooks(name: string): Promise<Books>;
}

/** Nothing periodic may fall into a run: no checkpoint, and vacuum when the bench says so. */
const quiet = { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '30min', autovacuum: 'off' };
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/** PostgreSQL that syncs every commit, with a migrated database to copy. */
export async function setUpStage(folder: string, shutdown: Shutdown, log: (line: string) => void): Promise<Stage> {
  const dataDir = join(folder, 'postgres');
  const postgres = await startPostgres({ dataDir, fsync: true, flags: { ...durable, ...quiet } });
  shutdown.add('postgres', () => postgres.stop());
  const passwords = newPasswords();
  await migrateOnce(postgres, passwords);
  const maintenance = await connect(postgres.superuserUrl, shutdown);
  log(await conditionsOf(maintenance));
  const worker = { user: roleOf('worker'), password: passwords.worker };
  return {
    postmasterPid: Number.parseInt(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'), 10),
    async openBooks(name) {
      await maintenance.query(`create database ${name} template ${databaseName}`);
      return { superuser: await connect(postgres.url(name), shutdown), workerUrl: postgres.url(name, worker) };
    },
  };
}

async function migrateOnce(postgres: PostgresServer, passwords: Passwords): Promise<void> {
  await createOwnerAndDatabase(postgres.superuserUrl, passwords.owner);
  const url = (login: 'owner' | 'worker') =>
    postgres.url(databaseName, { user: roleOf(login), password: passwords[login] });
  const proxy = await startNeonProxy({ postgresPort: postgres.port });
  const owner = openDatabase({ url: url('owner'), proxy: proxy.url });
  try {
    await migrate(owner, readMigrations(join(projectRoot, 'migrations')));
    await setLoginPasswords(owner, [url('worker')]);
  } finally {
    await owner.close();
    await proxy.stop();
  }
  const superuser = new pg.Client({ connectionString: postgres.url(databaseName) });
  await superuser.connect();
  await superuser.query(baselineSchema);
  await superuser.end();
}

async function connect(connectionString: string, shutdown: Shutdown): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  shutdown.add('a connection of the bench', () => client.end());
  return client;
}

/** What PostgreSQL says it runs with, not what it was told. */
async function conditionsOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `select current_setting('server_version') as version, string_agg(name || ' ' || current_setting(name), ', ' order by name) as settings
     from pg_settings where name = any ($1)`,
    [Object.keys({ ...durable, ...quiet })],
  );
  return `PostgreSQL ${rows[0].version}: ${rows[0].settings}`;
}
