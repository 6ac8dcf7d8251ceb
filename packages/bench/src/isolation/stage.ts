import { randomUUID } from 'node:crypto';
import { admitCanaries, type Organization, plantCanaries, readTables } from '@tributary/db/catalogue/canaries';
import { type Database, openDatabase } from '@tributary/db/connection';
import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';
import { startMigrated } from '../migrated.ts';

/** PostgreSQL with a row of each of two organizations in every table, and the API's login to it by one connection. */
export async function openStage(
  folder: string,
  shutdown: Shutdown,
): Promise<{ api: Database; organizations: readonly [Organization, Organization] }> {
  const { apiUrl, superuserUrl, proxy } = await startMigrated(folder, shutdown, {
    fsync: true,
    flags: { autovacuum: 'off' },
  });
  const organizations = await plantTwo(superuserUrl);
  const api = openDatabase({ url: apiUrl, proxy, maxConnections: 1 });
  shutdown.add('the API’s connection', () => api.close());
  return { api, organizations };
}

async function plantTwo(superuserUrl: string): Promise<[Organization, Organization]> {
  const superuser = new pg.Client({ connectionString: superuserUrl });
  await superuser.connect();
  const plant = async (): Promise<Organization> => {
    const organization = { id: randomUUID(), canary: `canary-${randomUUID()}`, rows: new Map() };
    await plantCanaries(superuser, await readTables(superuser), organization);
    return organization;
  };
  try {
    await admitCanaries(superuser);
    const planted: [Organization, Organization] = [await plant(), await plant()];
    await superuser.query('analyze');
    return planted;
  } finally {
    await superuser.end();
  }
}
