import { withSystem } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { createOrganization } from './create-organization.ts';

describe('createOrganization', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const create = (organization: Parameters<typeof createOrganization>[1]) =>
    withSystem(database.system, (tx) => createOrganization(tx, organization));

  it('S1-016 makes a tenant in its country, zone and currency', async () => {
    const id = await create({
      name: ' Corner Coffee ',
      country: 'CA',
      timeZone: 'America/Toronto',
      baseCurrency: 'CAD',
    });
    const { rows } = await database.superuser.query(
      'select name, country, status, time_zone, base_currency from identity.organizations where id = $1',
      [id],
    );
    expect(rows).toEqual([
      { name: 'Corner Coffee', country: 'CA', status: 'active', time_zone: 'America/Toronto', base_currency: 'CAD' },
    ]);
  });

  it.each([
    ['S1-018 no name', { name: '  ' }, 'name'],
    ['S1-019 a country that is no ISO code', { name: 'x', country: 'Canada' }, 'country'],
    ['a zone that is none', { name: 'x', timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['a currency that is no ISO code', { name: 'x', baseCurrency: 'dollar' }, 'baseCurrency'],
  ])('refuses %s', async (_case, organization, path) => {
    const refusal = { code: 'validation_failed', issues: [expect.objectContaining({ path })] };
    await expect(create(organization)).rejects.toMatchObject(refusal);
  });
});
