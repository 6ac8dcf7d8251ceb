import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { admitCanaries, type Organization, plantCanaries, readTables } from '@tributary/db/catalogue/canaries';
import { type Database, openDatabase } from '@tributary/db/connection';
import { setLoginPasswords } from '@tributary/db/logins';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { projectRoot } from '@tributary/local/bundle';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import { startPostgres } from '@tributary/local/postgres';
import { createOwnerAndDatabase, databaseName, newPasswords, roleOf } from '@tributary/local/roles';
import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';

/** PostgreSQL with a row of each of two organizations in every table, and the API's login to it by one connection. */
export async function openStage(
  folder: string,
  shutdown: Shutdown,
): Promise<{ api: Database; organizations: readonly [Organization, Organization] }> {
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    fsync: true,
    flags: { autovacuum: 'off' },
  });
  shutdown.add('postgres', () => postgres.stop());
  const proxy = await startNeonProxy({ postgresPort: postgres.port });
  shutdown.add('proxy', () => proxy.stop());
  const passwords = newPasswords();
  await createOwnerAndDatabase(postgres.superuserUrl, passwords.owner);
  const url = (login: 'owner' | 'api') =>
    postgres.url(databaseName, { user: roleOf(login), password: passwords[login] });
  const owner = openDatabase({ url: url('owner'), proxy: proxy.url });
  await migrate(owner, readMigrations(join(projectRoot, 'migrations')));
  await setLoginPasswords(owner, [url('api')]);
  await owner.close();
  const organizations = await plantTwo(postgres.url(databaseName));
  const api = openDatabase({ url: url('api'), proxy: proxy.url, maxConnections: 1 });
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
  await admitCanaries(superuser);
  const planted: [Organization, Organization] = [await plant(), await plant()];
  await superuser.query('analyze');
  await superuser.end();
  return planted;
}
