import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { withSystem, withTenant } from '../transaction.ts';
import { admitCanaries, type Organization, plantCanaries, readTables } from './canaries.ts';
import { appendOnlyTables } from './relations.ts';

const changes = {
  UPDATE: (table: string) => `update ${table} set org_id = org_id`,
  DELETE: (table: string) => `delete from ${table}`,
  // Cascading, because history that is referenced refuses a plain TRUNCATE for another reason.
  TRUNCATE: (table: string) => `truncate ${table} cascade`,
};
const cases = appendOnlyTables.flatMap((table) =>
  Object.entries(changes).map(([verb, statement]) => ({ table, verb, statement: statement(table) })),
);

describe('history', () => {
  const organization: Organization = { id: randomUUID(), canary: 'canary', rows: new Map() };
  const refused = { code: '42501', message: expect.stringMatching(/is append-only/) };
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    await admitCanaries(database.superuser);
    await plantCanaries(database.superuser, await readTables(database.superuser), organization);
  });
  const asTenant = (login: 'api' | 'worker', statement: string) =>
    withTenant({ database: database[login], orgId: organization.id }, (tx) => tx.query(statement));

  it.each(cases)('$table refuses $verb to api and worker, who are not granted it', async ({ statement }) => {
    await expect(asTenant('api', statement)).rejects.toMatchObject({ code: '42501' });
    await expect(asTenant('worker', statement)).rejects.toMatchObject({ code: '42501' });
  });

  it.each(cases)('$table refuses $verb to the superuser', async ({ statement }) => {
    await expect(database.superuser.query(statement)).rejects.toMatchObject(refused);
  });

  it.each(cases)('$table refuses $verb to its owner even past row-level security', async ({ table, statement }) => {
    const past = withSystem(database.owner, async (tx) => {
      await tx.query(`alter table ${table} no force row level security`);
      await tx.query(statement);
    });
    await expect(past).rejects.toMatchObject(refused);
  });

  it.each(appendOnlyTables)('%s shows its owner no row to change', async (table) => {
    const seen = await withSystem(database.owner, (tx) => tx.query(`select 1 from ${table}`));
    expect(seen).toEqual([]);
  });
});
