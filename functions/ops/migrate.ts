import { join } from 'node:path';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { database } from '../runtime/database.ts';

/** Brings the database of the stage up to date. Runs before the new code takes traffic, so every migration suits both. */
export async function handler(): Promise<{ applied: string[] }> {
  const folder = join(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), 'migrations');
  return { applied: await migrate(database('owner'), readMigrations(folder)) };
}
