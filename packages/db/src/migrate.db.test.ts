import type { TestDatabase } from '@tributary/testing/database';
import { testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Migration, migrate, readMigrations } from './migrate.ts';

const folder = new URL('../../../migrations', import.meta.url).pathname;

describe('migrate', () => {
  let database: TestDatabase;
  let shipped: Migration[];
  beforeAll(async () => {
    database = await testDatabase();
    shipped = readMigrations(folder);
  });
  const next = (sql: string, name = '9000_next.sql'): Migration => ({ name, sql, checksum: name });

  it('applies nothing twice', async () => {
    expect(await migrate(database.owner, shipped)).toEqual([]);
  });

  it('applies what is new, once, when two runners start together', async () => {
    const migrations = [...shipped, next('create table public.once (id int)')];
    const runs = await Promise.all([migrate(database.owner, migrations), migrate(database.owner, migrations)]);
    expect(runs.flat()).toEqual(['9000_next.sql']);
    shipped = migrations;
  });

  it('refuses an applied file that was edited', async () => {
    const [first, ...rest] = shipped as [Migration, ...Migration[]];
    await expect(migrate(database.owner, [{ ...first, checksum: 'other' }, ...rest])).rejects.toThrow(
      /0001_roles.sql was changed/,
    );
  });

  it('refuses a late file with an early number, and a database ahead of the code', async () => {
    const early = [...shipped.slice(0, 1), next('select 1', '0001_zzz.sql'), ...shipped.slice(1)];
    await expect(migrate(database.owner, early)).rejects.toThrow(/0001_zzz.sql sorts before/);
    await expect(migrate(database.owner, shipped.slice(0, -1))).rejects.toThrow(/missing here/);
  });

  it('leaves nothing of a file that fails half way', async () => {
    const failing = next('create table public.half (id int); select 1/0', '9001_fails.sql');
    await expect(migrate(database.owner, [...shipped, failing])).rejects.toThrow(/9001_fails.sql failed/);
    const { rows } = await database.superuser.query(`select to_regclass('public.half') as half`);
    expect(rows).toEqual([{ half: null }]);
  });

  it('gives up on a lock instead of queueing traffic behind it', async () => {
    await database.superuser.query('begin; lock table identity.organizations in access exclusive mode');
    const blocked = next('alter table identity.organizations add column extra int', '9002_blocked.sql');
    await expect(migrate(database.owner, [...shipped, blocked])).rejects.toThrow(/lock timeout/);
    await database.superuser.query('rollback');
  });
});
