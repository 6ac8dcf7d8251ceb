import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

describe('opsPlan', () => {
  let database: TestDatabase;
  let plan: typeof import('./plan.ts').handler;
  beforeAll(async () => {
    database = await testDatabase();
    const links = { App: { name: 'tributary', stage: 'test' }, DatabaseSystem: { url: database.url('system') } };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
    vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
    ({ handler: plan } = await import('./plan.ts'));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it('S0-018 puts an organization on a plan, by the name of who decided', async () => {
    const orgId = await createOrganization(database);
    expect(await plan({ orgId, plan: 'pro', actor: 'sales' })).toEqual({ before: 'enterprise', after: 'pro' });
    const { rows } = await database.superuser.query(
      `select o.plan, r.actor, r.after from identity.organizations o join audit.records r on r.org_id = o.id where o.id = $1`,
      [orgId],
    );
    expect(rows).toEqual([{ plan: 'pro', actor: 'sales', after: { plan: 'pro' } }]);
  });

  it.each([
    ['a plan that is none', { plan: 'gold', actor: 'sales' }, 'validation_failed'],
    ['nobody who decided', { plan: 'pro' }, 'validation_failed'],
    ['an organization that is not there', { orgId: randomUUID(), plan: 'pro', actor: 'sales' }, 'not_found'],
  ])('refuses %s', async (_what, request, code) => {
    const orgId = await createOrganization(database);
    await expect(plan({ orgId, ...request })).rejects.toMatchObject({ code });
  });
});
