import { randomUUID } from 'node:crypto';
import type { TestDatabase } from './database.ts';

/** An organization of a suite's own, on the plan that has room for everything: what plans refuse has tests of its own. */
export async function createOrganization({ superuser }: TestDatabase, name = `org ${randomUUID()}`): Promise<string> {
  const { rows } = await superuser.query(
    `insert into identity.organizations (name, plan) values ($1, 'enterprise') returning id`,
    [name],
  );
  return rows[0].id;
}
