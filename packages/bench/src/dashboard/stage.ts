import { showId } from '@tributary/core/ids';
import { type Database, openDatabase } from '@tributary/db/connection';
import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';
import { startMigrated } from '../migrated.ts';
import { type Load, load } from './load.ts';

export interface Stage {
  /** The API's login, by the driver's way. */
  api: Database;
  /** A connection that may take on the roles below: one, so that they differ in nothing else. */
  client: pg.Client;
  agencies: readonly { orgId: string; connectionId: string; accountId: string }[];
}

/** The API's own, and one that reads the same and to which no policy applies. */
export const roles = { bound: 'tributary_api', unbound: 'bench_unbound' } as const;

/** PostgreSQL with facts and roll-ups of many organizations. Nothing is measured that syncs to a disk. */
export async function openStage(folder: string, shutdown: Shutdown, size: Load, log: (line: string) => void) {
  const flags = { autovacuum: 'off', shared_buffers: '512MB', max_wal_size: '8GB' };
  const { apiUrl, superuserUrl, proxy } = await startMigrated(folder, shutdown, { fsync: false, flags });
  const superuser = await connect(superuserUrl, shutdown);
  await load(superuser, size, log);
  const { rows } = await superuser.query<{ orgId: string; accountId: string }>(
    `select distinct on (org_id) org_id as "orgId", connection_id as "accountId" from affiliate.accounts order by org_id, connection_id`,
  );
  const agencies = rows.map((row) => ({ ...row, connectionId: showId('connection', row.accountId) }));
  await superuser.query(`create role ${roles.unbound} nologin bypassrls; grant app_read to ${roles.unbound}`);
  const api = openDatabase({ url: apiUrl, proxy, maxConnections: 1 });
  shutdown.add('the API’s connections', () => api.close());
  return { api, client: await connect(superuserUrl, shutdown), agencies } satisfies Stage;
}

async function connect(connectionString: string, shutdown: Shutdown): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  shutdown.add('a connection', () => client.end());
  return client;
}
