import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '@tributary/db/connection';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { verifyChain } from './verify-chain.ts';

const migrations = readMigrations(new URL('../../../../migrations', import.meta.url).pathname);
const before = migrations.filter(({ name }) => name < '0022');

describe('records of before 0022', () => {
  const organizations = [randomUUID(), randomUUID(), randomUUID()] as const;
  let worker: Database;
  let superuser: Database;

  beforeAll(async () => {
    const database = await testDatabase();
    const name = `${database.name}_before`;
    await database.superuser.query(`create database ${name} owner tributary_owner`);
    const open = (href: string) => {
      const url = new URL(href);
      url.pathname = `/${name}`;
      return openDatabase({ url: url.href, proxy: database.proxy });
    };
    const owner = open(database.url('owner'));
    worker = open(database.url('worker'));
    superuser = open(inject('server').superuserUrl);
    afterAll(async () => {
      await Promise.all([owner, worker, superuser].map((one) => one.close()));
      await database.superuser.query(`drop database ${name} with (force)`);
    });
    await migrate(owner, before);
    for (const orgId of organizations) {
      await superuser.pool.query(`insert into identity.organizations (id, name) values ($1, 'before')`, [orgId]);
    }
    // One organization's among another's, as they come; the last has none.
    for (let index = 1; index <= 9; index += 1) {
      await superuser.pool.query(
        `insert into audit.records (org_id, actor, action, target_type, target_id, reason, before, after)
         values ($1, 'ann', 'wallet.freeze', 'wallet', gen_random_uuid(), $2, '{"b": 1, "a": [1.50, null]}', null)`,
        [organizations[index % 2], `record ${index}`],
      );
    }
    await migrate(owner, migrations);
  });

  it.each([
    [0, 4],
    [1, 5],
    [2, 0],
  ])('of organization %i are a chain of %i', async (organization, links) => {
    const verified = await verifyChain({ database: worker, orgId: organizations[organization] as string });
    expect(verified).toMatchObject({ links, findings: [], found: 0 });
  });

  it('are chained as they were made, and what comes after follows', async () => {
    const [, orgId] = organizations;
    await superuser.pool.query(
      `insert into audit.records (org_id, actor, action, target_type, target_id, reason)
       values ($1, 'ann', 'wallet.freeze', 'wallet', gen_random_uuid(), 'after')`,
      [orgId],
    );
    const { rows } = await superuser.pool.query(
      `select r.reason from audit.links l join audit.records r on r.id = l.record_id where l.org_id = $1 order by l.seq`,
      [orgId],
    );
    const reasons = ['record 1', 'record 3', 'record 5', 'record 7', 'record 9', 'after'];
    expect(rows.map(({ reason }) => reason)).toEqual(reasons);
    expect(await verifyChain({ database: worker, orgId })).toMatchObject({ links: 6, found: 0 });
  });
});
