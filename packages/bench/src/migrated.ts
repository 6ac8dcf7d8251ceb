import { join } from 'node:path';
import { openDatabase } from '@tributary/db/connection';
import { setLoginPasswords } from '@tributary/db/logins';
import { migrate, readMigrations } from '@tributary/db/migrate';
import type { DatabaseLogin } from '@tributary/infra/specs';
import { projectRoot } from '@tributary/local/bundle';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import { type PostgresOptions, startPostgres } from '@tributary/local/postgres';
import { createOwnerAndDatabase, databaseName, newPasswords, roleOf } from '@tributary/local/roles';
import type { Shutdown } from '@tributary/local/shutdown';

export interface Migrated {
  /** Past every policy: sets up. */
  superuserUrl: string;
  /** Of the login of the API. */
  apiUrl: string;
  urlOf(login: (typeof logins)[number]): string;
  /** The driver's way there. */
  proxy: string;
}

const logins = ['api', 'worker', 'system'] as const satisfies readonly DatabaseLogin[];

/** PostgreSQL in a folder of the bench's own, with our migrations, behind the driver's proxy. */
export async function startMigrated(
  folder: string,
  shutdown: Shutdown,
  options: Pick<PostgresOptions, 'fsync' | 'flags'>,
): Promise<Migrated> {
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), ...options });
  shutdown.add('postgres', () => postgres.stop());
  const proxy = await startNeonProxy({ postgresPort: postgres.port });
  shutdown.add('proxy', () => proxy.stop());
  const passwords = newPasswords();
  await createOwnerAndDatabase(postgres.superuserUrl, passwords.owner);
  const url = (login: DatabaseLogin) => postgres.url(databaseName, { user: roleOf(login), password: passwords[login] });
  const owner = openDatabase({ url: url('owner'), proxy: proxy.url });
  try {
    await migrate(owner, readMigrations(join(projectRoot, 'migrations')));
    await setLoginPasswords(owner, logins.map(url));
  } finally {
    await owner.close();
  }
  return { superuserUrl: postgres.url(databaseName), apiUrl: url('api'), urlOf: url, proxy: proxy.url };
}
