import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { pgSchema, text } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { orgId } from './columns.ts';
import { readTenant } from './read.ts';
import { sqlState } from './sqlstate.ts';
import { withTenant } from './transaction.ts';

describe('readTenant', () => {
  const connections = pgSchema('sync').table('connections', { orgId: orgId(), accountRef: text('account_ref') });
  const [a, b] = [randomUUID(), randomUUID()];
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    await database.superuser.query(`insert into identity.organizations (id, name) values ($1, 'a'), ($2, 'b')`, [a, b]);
    await database.superuser.query(
      `insert into sync.connections (org_id, provider, account_ref) values ($1, 'square', 'of-a'), ($2, 'square', 'of-b')`,
      [a, b],
    );
  });
  const readAs = (orgId: string) =>
    readTenant({ database: database.api, orgId }, (reader) =>
      reader.select({ accountRef: connections.accountRef }).from(connections),
    );

  it('reads the rows of its organization only, whoever asked on the connection before', async () => {
    const turns = Array.from({ length: 20 }, (_, turn) => (turn % 2 === 0 ? a : b));
    const expected = turns.map((orgId) => [{ accountRef: orgId === a ? 'of-a' : 'of-b' }]);
    expect(await Promise.all(turns.map(readAs))).toEqual(expected);
    expect(await readAs(randomUUID())).toEqual([]);
  });

  it('leaves times to be read as dates by the transactions of the same process', async () => {
    await readAs(a);
    const [row] = await withTenant({ database: database.api, orgId: a }, (tx) => tx.query(`select now() as at`));
    expect(row).toEqual({ at: expect.any(Date) });
  });

  it('cannot write', async () => {
    const write = readTenant({ database: database.worker, orgId: a }, (reader) => reader.delete(connections));
    await expect(write.catch(sqlState)).resolves.toBe('25006');
  });

  it('refuses an organization that is not a UUID', async () => {
    await expect(readAs(`${a}'`)).rejects.toThrow(TypeError);
  });
});
