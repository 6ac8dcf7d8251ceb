import { join } from 'node:path';
import { type Database, openDatabase } from '@tributary/db/connection';
import { setLoginPasswords } from '@tributary/db/logins';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { projectRoot } from '@tributary/local/bundle';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import { startPostgres } from '@tributary/local/postgres';
import { createOwnerAndDatabase, databaseName, newPasswords, roleOf } from '@tributary/local/roles';
import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';

const keyCount = 1_000;

/** PostgreSQL with our migrations and a thousand keys, and the API's login to it by one connection. @returns also their ids; the first has that hash */
export async function openStage(
  folder: string,
  shutdown: Shutdown,
  secretHash: Buffer,
): Promise<{ api: Database; keyIds: string[] }> {
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), fsync: true, flags: {} });
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
  const keyIds = await storeKeys(postgres.url(databaseName), secretHash);
  const api = openDatabase({ url: url('api'), proxy: proxy.url, maxConnections: 1 });
  shutdown.add('the API’s connection', () => api.close());
  return { api, keyIds };
}

async function storeKeys(superuserUrl: string, secretHash: Buffer): Promise<string[]> {
  const superuser = new pg.Client({ connectionString: superuserUrl });
  await superuser.connect();
  const { rows } = await superuser.query(
    `with organization as (insert into identity.organizations (name) values ('bench') returning id)
     insert into identity.api_keys (org_id, name, secret_hash, role, scopes, created_by, created_at, expires_at)
     select organization.id, 'key ' || n, case n when 1 then $1 else sha256(n::text::bytea) end, 'viewer', array['loyalty:read'], 'bench', now(), now() + interval '1 day'
     from organization, generate_series(1, $2::int) n order by n returning id`,
    [secretHash, keyCount],
  );
  await superuser.query('vacuum analyze identity.api_keys');
  await superuser.end();
  return rows.map(({ id }) => id);
}
