import { randomUUID } from 'node:crypto';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getOrganization } from './get-organization.ts';
import { organizationChanges, updateOrganization } from './update-organization.ts';

describe('settings', () => {
  let database: TestDatabase;
  let orgId: string;
  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    orgId = await createOrganization(database, 'Corner Coffee');
  });

  type Changes = Parameters<typeof updateOrganization>[1];
  const update = (changes: Changes, org = orgId) =>
    withTenant({ database: database.api, orgId: org }, (tx) => updateOrganization({ tx, actor: 'ann' }, changes));
  const get = (org = orgId) => getOrganization({ database: database.api, orgId: org });
  const setPlan = (plan: string) =>
    database.superuser.query('update identity.organizations set plan = $2 where id = $1', [orgId, plan]);
  const recorded = async () =>
    (
      await database.superuser.query(
        'select actor, action, target_type, target_id, before, after from audit.records where org_id = $1 order by id',
        [orgId],
      )
    ).rows;
  const label = { name: 'Club', logoUrl: null, colors: null };

  it('S0-016 S1-016 are read with the plan and what it has room for', async () => {
    await setPlan('free');
    const shown = await get();
    expect(shown).toEqual({
      id: expect.stringMatching(/^org_/),
      name: 'Corner Coffee',
      country: 'US',
      timeZone: 'UTC',
      baseCurrency: 'USD',
      status: 'active',
      plan: 'free',
      limits: { connections: 5, members: 3, apiKeys: 2, whiteLabel: false },
      whiteLabel: null,
      onboardingProfile: null,
      createdAt: shown.createdAt,
      updatedAt: shown.createdAt,
    });
  });

  it.each<[string, Changes]>([
    ['S1-018 its name', { name: 'Harbour Cafe' }],
    ['S1-019 its country', { country: 'CA' }],
    ['its time zone', { timeZone: 'America/Toronto' }],
    ['S0-019 its base currency', { baseCurrency: 'CAD' }],
    ['S0-020 its white label', { whiteLabel: label }],
    ['S1-022 its onboarding profile', { onboardingProfile: { businessType: 'cafe', goals: ['loyalty'] } }],
    ['several at once', { name: 'Harbour Cafe', baseCurrency: 'CAD', whiteLabel: label }],
  ])('change %s, leave the rest, and are recorded as they were and are', async (_what, changes) => {
    const { updatedAt: _, ...before } = await get();
    const { updatedAt, ...after } = await update(changes);
    expect(after).toEqual({ ...before, ...changes });
    expect(await get()).toEqual({ ...after, updatedAt });
    expect(updatedAt > before.createdAt).toBe(true);
    const former = Object.fromEntries(Object.keys(changes).map((name) => [name, before[name as keyof typeof before]]));
    const done = { actor: 'ann', action: 'organization.update', target_type: 'organization', target_id: orgId };
    expect(await recorded()).toEqual([{ ...done, before: former, after: changes }]);
  });

  it('that are so already change nothing and are not recorded', async () => {
    await update({ onboardingProfile: { businessType: 'cafe', locations: 2 } });
    const before = await get();
    const same = { name: 'Corner Coffee', onboardingProfile: { locations: 2, businessType: 'cafe' as const } };
    expect(await update(same)).toEqual(before);
    expect(await recorded()).toHaveLength(1);
  });

  it('of two who change different ones at once, both stay', async () => {
    await Promise.all([update({ name: 'Harbour Cafe' }), update({ country: 'CA' }), update({ baseCurrency: 'CAD' })]);
    expect(await get()).toMatchObject({ name: 'Harbour Cafe', country: 'CA', baseCurrency: 'CAD' });
    expect(await recorded()).toHaveLength(3);
  });

  it('S0-018 S0-020 have a white label on a plan that has one; it may be taken away on any', async () => {
    await update({ whiteLabel: label });
    await setPlan('pro');
    const refused = update({ name: 'Other', whiteLabel: { ...label, name: 'Other' } });
    await expect(refused).rejects.toMatchObject({ code: 'plan_limit_reached', status: 409 });
    expect(await get()).toMatchObject({ name: 'Corner Coffee', whiteLabel: label });
    expect(await update({ whiteLabel: label, country: 'CA' })).toMatchObject({ country: 'CA' });
    expect(await update({ whiteLabel: null })).toMatchObject({ whiteLabel: null });
  });

  it('S0-019 S0-039 convert nothing: what is stored keeps its currency', async () => {
    await database.superuser.query(
      `insert into loyalty.reward_rules (org_id, version, config, currency, created_by) values ($1, 1, '{}', 'USD', 'ann')`,
      [orgId],
    );
    await update({ baseCurrency: 'JPY' });
    const { rows } = await database.superuser.query('select currency from loyalty.reward_rules where org_id = $1', [
      orgId,
    ]);
    expect(rows).toEqual([{ currency: 'USD' }]);
  });

  it('have no field that is not a setting: every column of the table is tried', async () => {
    const { rows } = await database.superuser.query<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = 'identity.organizations'::regclass and attnum > 0`,
    );
    const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const others = rows
      .flatMap(({ name }) => [name, camel(name)])
      .filter((name) => !(name in organizationChanges.shape));
    expect(others).toEqual(expect.arrayContaining(['plan', 'status', 'id', 'createdAt']));
    const before = await get();
    for (const name of others) {
      const refused = update({ name: 'Other', [name]: 'enterprise' } as Changes);
      await expect(refused, name).rejects.toMatchObject({ code: 'validation_failed' });
    }
    await expect(update({})).rejects.toMatchObject({ code: 'validation_failed' });
    expect(await get()).toEqual(before);
  });

  it('of others are out of reach, and of nobody there are none', async () => {
    const other = await createOrganization(database, 'Other');
    await update({ name: 'Mine' });
    expect(await get(other)).toMatchObject({ name: 'Other' });
    await expect(get(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(update({ name: 'x' }, randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });

  it('take no zone that the database does not know', async () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const { rows } = await database.superuser.query<{ local: Date }>(
      `select '2026-07-01T12:00:00Z'::timestamptz at time zone zone as local from unnest($1::text[]) zone`,
      [zones],
    );
    expect(rows).toHaveLength(zones.length);
    expect(zones.length).toBeGreaterThan(300);
  });
});
