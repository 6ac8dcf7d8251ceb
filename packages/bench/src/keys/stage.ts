import { type Database, openDatabase } from '@tributary/db/connection';
import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';
import { startMigrated } from '../migrated.ts';

const keyCount = 1_000;

/** PostgreSQL with our migrations and a thousand keys, and the API's login to it by one connection. @returns also their ids; the first has that hash */
export async function openStage(
  folder: string,
  shutdown: Shutdown,
  secretHash: Buffer,
): Promise<{ api: Database; keyIds: string[] }> {
  const { apiUrl, superuserUrl, proxy } = await startMigrated(folder, shutdown, { fsync: true });
  const keyIds = await storeKeys(superuserUrl, secretHash);
  const api = openDatabase({ url: apiUrl, proxy, maxConnections: 1 });
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
