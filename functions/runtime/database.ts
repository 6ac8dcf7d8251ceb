import { type Database, openDatabase } from '@tributary/db/connection';
import type { DatabaseLogin } from '@tributary/infra/specs';
import { databaseUrl, neonProxy } from './config.ts';

const opened = new Map<DatabaseLogin, Database>();

/** The database as that login, opened at first use and kept for the life of the instance. */
export function database(login: DatabaseLogin): Database {
  const known = opened.get(login);
  if (known) return known;
  const fresh = openDatabase({ url: databaseUrl(login), proxy: neonProxy() ?? undefined });
  opened.set(login, fresh);
  return fresh;
}
