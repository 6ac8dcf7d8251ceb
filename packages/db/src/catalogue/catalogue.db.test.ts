import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../connection.ts';
import { type Migration, migrate, readMigrations } from '../migrate.ts';
import { checkCatalogue, checks, type Finding } from './checks.ts';
import { auditHoles } from './holes/audit.ts';
import { consumerHoles } from './holes/consumers.ts';
import { grantHoles } from './holes/grants.ts';
import { ledgerHoles } from './holes/ledger.ts';
import { ownerHoles } from './holes/owners.ts';
import { roleHoles } from './holes/roles.ts';
import { rowHoles } from './holes/rows.ts';
import { shapeHoles } from './holes/shapes.ts';
import { globalKeys, maintenanceIndexes, postingIndexes } from './relations.ts';

const migrations = readMigrations(new URL('../../../../migrations', import.meta.url).pathname);
const holes = Object.entries({
  ...rowHoles,
  ...roleHoles,
  ...grantHoles,
  ...shapeHoles,
  ...ledgerHoles,
  ...consumerHoles,
  ...ownerHoles,
  ...auditHoles,
});

describe('the catalogue', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function findingsWith(plant: string): Promise<Finding[]> {
    const { superuser } = database;
    await superuser.query(`begin; set local role tributary_owner`);
    try {
      await superuser.query(plant);
      await superuser.query('reset role');
      return await checkCatalogue(superuser);
    } finally {
      await superuser.query('rollback');
    }
  }

  it('holds every check at head, whoever looks', async () => {
    expect(await checkCatalogue(database.superuser)).toEqual([]);
    expect(await checkCatalogue(database.owner.pool)).toEqual([]);
  });

  it('has every index that is excused from a rule', async () => {
    const excused = [...Object.keys({ ...maintenanceIndexes, ...globalKeys }), ...postingIndexes];
    const { rows } = await database.superuser.query(
      'select name from unnest($1::text[]) name where to_regclass(name) is null',
      [excused],
    );
    expect(rows).toEqual([]);
  });

  it('has holes planted for every check', () => {
    expect(holes.map(([check]) => check).sort()).toEqual(checks.map(({ id }) => id).sort());
  });

  describe.each(holes)('%s', (check, planted) => {
    it.each(planted)(`${check} finds %s`, async (_hole, plant, ...finds) => {
      const found = await findingsWith(plant);
      const told = found.map(({ check, object, problem }) => `${check} ${object}: ${problem}`);
      const expected = finds.map((finding) => (/^C\d+ /.test(finding) ? finding : `${check} ${finding}`));
      expect(told.sort()).toEqual(expected.sort());
    });
  });
});

describe('C11', () => {
  let fresh: Database;
  beforeAll(async () => {
    const { superuser, url, proxy, name } = await testDatabase();
    const freshName = `${name}_fresh`;
    await superuser.query(`create database ${freshName} owner tributary_owner`);
    const freshUrl = new URL(url('owner'));
    freshUrl.pathname = `/${freshName}`;
    fresh = openDatabase({ url: freshUrl.href, proxy });
    afterAll(async () => {
      await fresh.close();
      await superuser.query(`drop database ${freshName} with (force)`);
    });
  });

  it('C11 finds nothing after any migration of an empty database', async () => {
    const after: Record<string, Finding[]> = {};
    const afterEach = async ({ name }: Migration) => {
      after[name] = await checkCatalogue(fresh.pool);
    };
    await migrate(fresh, migrations, { afterEach });
    expect(after).toEqual(Object.fromEntries(migrations.map(({ name }) => [name, []])));
  });
});
