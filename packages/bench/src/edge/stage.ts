import { join } from 'node:path';
import { openDatabase } from '@tributary/db/connection';
import { setLoginPasswords } from '@tributary/db/logins';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { projectRoot } from '@tributary/local/bundle';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import { startPostgres } from '@tributary/local/postgres';
import { createOwnerAndDatabase, databaseName, newPasswords, roleOf } from '@tributary/local/roles';
import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';

export interface Stage {
  /** Of the login of the API. */
  url: string;
  proxy: string;
  /** Ids of new organizations on a plan. */
  organizations(count: number, plan: 'free' | 'enterprise'): Promise<string[]>;
}

/** A migrated database behind the driver's proxy. */
export async function setUpStage(folder: string, shutdown: Shutdown): Promise<Stage> {
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), fsync: false });
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
  const superuser = new pg.Client({ connectionString: postgres.url(databaseName) });
  await superuser.connect();
  shutdown.add('superuser', () => superuser.end());
  return {
    url: url('api'),
    proxy: proxy.url,
    async organizations(count, plan) {
      const { rows } = await superuser.query(
        `insert into identity.organizations (name, plan) select 'org ' || n, $2 from generate_series(1, $1::int) n returning id`,
        [count, plan],
      );
      return rows.map(({ id }) => id as string);
    },
  };
}
