import { randomUUID } from 'node:crypto';
import type { TestDatabase } from './database.ts';

/** An organization of a suite's own. */
export async function createOrganization({ superuser }: TestDatabase, name = `org ${randomUUID()}`): Promise<string> {
  const { rows } = await superuser.query('insert into identity.organizations (name) values ($1) returning id', [name]);
  return rows[0].id;
}
