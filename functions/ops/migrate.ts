import { join } from 'node:path';
import { seedBrands } from '@tributary/affiliate/brand/seed-brands';
import { setLoginPasswords } from '@tributary/db/logins';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { brandsOf } from '@tributary/providers/affiliate/brands';
import { brands } from '@tributary/providers/affiliate/networks';
import { databaseUrl } from '../runtime/config.ts';
import { database } from '../runtime/database.ts';

/** Brings the database of the stage up to date, and what it knows of affiliate networks. Runs before the new code takes traffic, so every migration suits both. */
export async function handler(): Promise<{ applied: string[] }> {
  const folder = join(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), 'migrations');
  const owner = database('owner');
  const applied = await migrate(owner, readMigrations(folder));
  const logins = ['api', 'worker', 'system', 'consumer', 'identity'] as const;
  await setLoginPasswords(owner, logins.map(databaseUrl));
  await seedBrands(database('system'), brandsOf(brands));
  return { applied };
}
