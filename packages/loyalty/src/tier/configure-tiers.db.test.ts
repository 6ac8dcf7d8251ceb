import { listRecords } from '@tributary/audit/list-records';
import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { Office } from '../adjust/office.fixture.ts';
import { refusal } from '../rule/business.fixture.ts';
import { configureTiers } from './configure-tiers.ts';
import { getTiers } from './get-tiers.ts';
import type { tierConfig } from './tier-config.ts';

const config = (change: Partial<z.input<typeof tierConfig>> = {}) => ({
  basis: 'spend' as const,
  periodMonths: 12,
  tiers: [
    { name: 'Bronze', threshold: 0 },
    { name: 'Silver', threshold: 10_000 },
  ],
  downgrade: 'one_down' as const,
  ...change,
});

describe('the tiers of a programme', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const open = async () => new Office(database, await createOrganization(database));
  const configure = (office: Office, wanted: z.input<typeof tierConfig> = config(), actor = 'ann') =>
    office.run((tx) => configureTiers({ tx, actor }, { config: wanted }));

  it('are not found before they are configured', async () => {
    expect(await refusal(getTiers((await open()).context))).toBe('not_found');
  });

  it('are the newest version, with the defaults of what was left out', async () => {
    const office = await open();
    await configure(office);
    const settings = await configure(office, config({ periodMonths: 6 }), 'bob');
    expect(settings).toMatchObject({ version: 2, createdBy: 'bob', config: { periodMonths: 6, graceDays: 0 } });
    expect(await getTiers(office.context)).toEqual(settings);
  });

  it('stay the same version when they are configured as they are, and nothing is recorded', async () => {
    const office = await open();
    const settings = await configure(office);
    expect(await configure(office, config({ graceDays: 0 }), 'bob')).toEqual(settings);
    expect(await listRecords(office.context, { limit: 10 })).toHaveLength(1);
  });

  it('are recorded with the version before and after', async () => {
    const office = await open();
    await configure(office);
    await configure(office, config({ graceDays: 7 }));
    const records = await listRecords(office.context, { limit: 10 });
    expect(records.map(({ item }) => item)).toMatchObject([
      { before: { version: 1, config: { graceDays: 0 } }, after: { version: 2, config: { graceDays: 7 } } },
      { actor: 'ann', action: 'tiers.configure', targetId: showId('organization', office.orgId), before: null },
    ]);
  });

  it('configured by many at once have versions without gaps, each once', async () => {
    const office = await open();
    const days = Array.from({ length: 10 }, (_, index) => index + 1);
    const settings = await Promise.all(days.map((graceDays) => configure(office, config({ graceDays }))));
    expect(settings.map(({ version }) => version).sort((a, b) => a - b)).toEqual(days);
  });

  it.each([
    [
      'thresholds that do not rise',
      {
        tiers: [
          { name: 'A', threshold: 0 },
          { name: 'B', threshold: 0 },
        ],
      },
    ],
    ['a lowest tier that not all reach', { tiers: [{ name: 'A', threshold: 1 }] }],
    ['points of a period without a period', { basis: 'period_points' as const, periodMonths: null }],
  ])('refuse %s, and hold as they are', async (_what, change) => {
    const office = await open();
    const settings = await configure(office);
    expect(await refusal(configure(office, config(change)))).toBe('validation_failed');
    expect(await getTiers(office.context)).toEqual(settings);
  });

  it('stored before a field existed are read with its default', async () => {
    const office = await open();
    await database.superuser.query(
      `insert into loyalty.tier_settings (org_id, version, config, created_by) values ($1, 1, $2, 'ann')`,
      [office.orgId, config()],
    );
    expect((await getTiers(office.context)).config).toEqual({ ...config(), graceDays: 0 });
  });

  it('of others are not seen', async () => {
    await configure(await open());
    expect(await refusal(getTiers((await open()).context))).toBe('not_found');
  });
});
