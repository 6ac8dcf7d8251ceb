import { randomBytes } from 'node:crypto';
import type { DatabaseLogin } from '@tributary/infra/specs';
import pg from 'pg';

export const databaseName = 'tributary';
export const roleOf = (login: DatabaseLogin) => `tributary_${login}`;

export type Passwords = Readonly<Record<DatabaseLogin, string>>;

/** Fresh passwords; they are set at every start and written nowhere. */
export function newPasswords(): Passwords {
  const password = () => randomBytes(24).toString('hex');
  return {
    api: password(),
    worker: password(),
    system: password(),
    consumer: password(),
    identity: password(),
    owner: password(),
  };
}

/**
 * What exists before the first migration, which needs it: the owner, who may create the other roles, and its database.
 * The other logins get their passwords from `opsMigrate`, as they do when deployed.
 */
export async function createOwnerAndDatabase(superuserUrl: string, ownerPassword: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const owner = roleOf('owner');
    const role = await client.query('select from pg_roles where rolname = $1', [owner]);
    if (role.rowCount === 0) await client.query(`create role ${owner} createrole`);
    await client.query(`alter role ${owner} login password ${client.escapeLiteral(ownerPassword)}`);
    const database = await client.query('select from pg_database where datname = $1', [databaseName]);
    if (database.rowCount === 0) await client.query(`create database ${databaseName} owner ${owner}`);
  } finally {
    await client.end();
  }
}
