import { testDatabase } from '@tributary/testing/database';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Brand, seedBrands } from './seed-brands.ts';

const { system, superuser } = await testDatabase();

const awin: Brand = {
  slug: 'awin',
  name: 'Awin',
  adapterKey: 'awin',
  authType: 'bearer',
  baseUrl: 'https://api.awin.com',
  rateLimit: { calls: 20, seconds: 60, scope: 'account' },
  windowDays: 31,
  status: 'beta',
  limitations: ['Clicks are not reported.', 'A second one.', 'Another.'],
};
const upload: Brand = {
  ...awin,
  slug: 'upload',
  adapterKey: 'csv',
  authType: 'upload',
  baseUrl: null,
  rateLimit: null,
  limitations: [],
};

const catalogue = async () => {
  const { rows } = await superuser.query<Brand>(
    `select slug, name, adapter_key as "adapterKey", auth_type as "authType", base_url as "baseUrl", rate_limit as "rateLimit",
       window_days as "windowDays", status, limitations from ref.brands order by slug`,
  );
  return rows;
};
const versions = async () => {
  const { rows } = await superuser.query<{ xmin: string }>('select xmin::text from ref.brands order by slug');
  return rows.map(({ xmin }) => xmin);
};

beforeEach(async () => {
  await superuser.query('delete from ref.brands');
});

describe('the catalogue of brands', () => {
  it('S0-025: has what is listed', async () => {
    expect(await seedBrands(system, [awin, upload])).toBe(2);
    expect(await catalogue()).toEqual([awin, upload]);
  });

  it('S0-030: has null, and no JSON, for a limit that is not told', async () => {
    await seedBrands(system, [awin, upload]);
    const { rows } = await superuser.query('select slug from ref.brands where rate_limit is null');
    expect(rows).toEqual([{ slug: 'upload' }]);
  });

  it('is not written again when nothing differs', async () => {
    await seedBrands(system, [awin, upload]);
    const before = await versions();
    expect(await seedBrands(system, [upload, awin])).toBe(0);
    expect(await versions()).toEqual(before);
  });

  it.each([
    ['name', { name: 'AWIN' }],
    ['adapterKey', { adapterKey: 'awin-2' }],
    ['authType', { authType: 'api_key' }],
    ['baseUrl', { baseUrl: null }],
    ['rateLimit', { rateLimit: null }],
    ['windowDays', { windowDays: 30 }],
    ['status', { status: 'active' }],
    ['limitations', { limitations: ['Another.', 'A second one.', 'Clicks are not reported.'] }],
  ] as const)('S0-027, S0-028: takes another %s, and leaves the rest', async (_field, changed) => {
    await seedBrands(system, [awin, upload]);
    const [, before] = await versions();
    expect(await seedBrands(system, [{ ...awin, ...changed }, upload])).toBe(1);
    expect(await catalogue()).toEqual([{ ...awin, ...changed }, upload]);
    expect((await versions())[1]).toBe(before);
  });

  it('S0-029: keeps as deprecated what is no longer listed, and takes it back', async () => {
    await seedBrands(system, [awin, upload]);
    expect(await seedBrands(system, [upload])).toBe(1);
    expect(await catalogue()).toEqual([{ ...awin, status: 'deprecated' }, upload]);
    expect(await seedBrands(system, [upload])).toBe(0);
    expect(await seedBrands(system, [awin, upload])).toBe(1);
    expect(await catalogue()).toEqual([awin, upload]);
  });

  it('S0-026: is read by every organization and written by none', async () => {
    const { rows } = await superuser.query<{ role: string; may: boolean[] }>(
      `select role, array[has_table_privilege(role, 'ref.brands', 'select'), has_table_privilege(role, 'ref.brands', 'insert'),
         has_table_privilege(role, 'ref.brands', 'update')] as may
       from unnest(array['tributary_api', 'tributary_worker']) as role`,
    );
    expect(rows.map(({ may }) => may)).toEqual([
      [true, false, false],
      [true, false, false],
    ]);
  });
});
