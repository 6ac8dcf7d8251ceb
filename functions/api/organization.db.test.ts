import { withSystem } from '@tributary/db/transaction';
import { changePlan } from '@tributary/identity/plan/change-plan';
import { type PlanName, plans } from '@tributary/identity/plan/plan';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Api, type Caller, startApi } from './test/api.ts';
import { bringBack, connectAs, credentialsOf, finishAs, newAccount, newOrganisation } from './test/connecting.ts';

let api: Api;
let owner: Caller;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  owner = { orgId: await createOrganization(api.database, 'Corner Coffee') };
});
const putOn = (plan: PlanName) =>
  withSystem(api.database.system, (tx) => changePlan({ tx, actor: 'office' }, { orgId: owner.orgId, plan }));
const codeOf = ({ status, json }: Answer) => [status, json.code ?? null];
const path = '/v1/organization';

describe('the organization', () => {
  it('S0-016 is read by its ETag, which a change changes', async () => {
    const { headers, json } = await api.get(owner, path);
    expect(json).toMatchObject({ name: 'Corner Coffee', plan: 'enterprise', limits: plans.enterprise });
    const etag = headers.etag as string;
    expect((await api.get(owner, path, { 'if-none-match': etag })).status).toBe(304);
    expect((await api.patch(owner, path, { country: 'CA' })).json).toMatchObject({ country: 'CA' });
    const changed = await api.get(owner, path, { 'if-none-match': etag });
    expect([changed.status, changed.json.country]).toEqual([200, 'CA']);
  });

  it('tells in the audit who changed what', async () => {
    await api.patch({ ...owner, role: 'admin' }, path, { baseCurrency: 'CAD', timeZone: 'America/Toronto' });
    const [{ json }, { json: shown }] = [await api.get(owner, '/v1/audit-records'), await api.get(owner, path)];
    expect(json.data).toMatchObject([
      {
        actor: 'the-admin',
        action: 'organization.update',
        targetType: 'organization',
        targetId: shown.id,
        before: { baseCurrency: 'USD', timeZone: 'UTC' },
        after: { baseCurrency: 'CAD', timeZone: 'America/Toronto' },
      },
    ]);
  });

  it.each([
    ['a plan', { country: 'CA', plan: 'enterprise' }, ''],
    ['nothing', {}, ''],
    ['S0-019 a currency that is none', { baseCurrency: 'ZZZ' }, 'baseCurrency'],
    ['S1-019 a country that is none', { country: 'ZZ' }, 'country'],
    ['an offset for a zone', { timeZone: '+02:00' }, 'timeZone'],
    ['S1-018 a name of spaces', { name: ' ' }, 'name'],
    [
      'S0-020 a logo by http',
      { whiteLabel: { name: 'x', logoUrl: 'http://x.example/', colors: null } },
      'whiteLabel.logoUrl',
    ],
    ['S1-022 a word of its own', { onboardingProfile: { businessType: 'canary' } }, 'onboardingProfile.businessType'],
  ])('refuses %s', async (_what, body, field) => {
    const answer = await api.patch(owner, path, body);
    expect(codeOf(answer)).toEqual([422, 'validation_failed']);
    expect(answer.json.issues.map((issue: { path: string }) => issue.path)).toEqual([field]);
    expect(answer.text).not.toContain('canary');
    expect((await api.get(owner, '/v1/audit-records')).json.data).toEqual([]);
  });

  it('S0-018 S0-020 has a white label on a plan that has one', async () => {
    await putOn('pro');
    const whiteLabel = { name: 'Club', logoUrl: null, colors: null };
    expect(codeOf(await api.patch(owner, path, { whiteLabel }))).toEqual([409, 'plan_limit_reached']);
    await putOn('business');
    expect((await api.patch(owner, path, { whiteLabel })).json).toMatchObject({ plan: 'business', whiteLabel });
  });
});

describe('the accounts of a plan', () => {
  const most = plans.free.connections as number;
  const live = async () => (await api.get(owner, '/v1/connections')).json.data.length;
  beforeEach(async () => {
    await putOn('free');
    for (let made = 0; made < most - 1; made += 1) {
      await connectAs(api, owner, { provider: 'square', accounts: [newAccount()] });
    }
  });

  it('S0-018 are all there are: one more is refused, and let go at the provider', async () => {
    await connectAs(api, owner, { provider: 'square', accounts: [newAccount()] });
    const parameters = await bringBack(api, owner, { provider: 'square', accounts: [newAccount()] });
    expect(codeOf(await finishAs(api, owner, 'square', parameters))).toEqual([409, 'plan_limit_reached']);
    expect(await live()).toBe(most);
    expect((await credentialsOf(api, owner)).filter(({ status }) => status === 'revoking')).toHaveLength(1);
    expect(api.connecting.queued.at(-1)).toMatchObject({ kind: 'revoke' });
  });

  it('S0-018 leave one place: two who come back at once get it once', async () => {
    const comers = [newAccount(), newAccount()];
    const brought = [];
    for (const account of comers)
      brought.push(await bringBack(api, owner, { provider: 'square', accounts: [account] }));
    const answers = await Promise.all(brought.map((parameters) => finishAs(api, owner, 'square', parameters)));
    expect(answers.map(codeOf).sort()).toEqual([
      [200, null],
      [409, 'plan_limit_reached'],
    ]);
    expect(await live()).toBe(most);
  });

  it('S0-018 are chosen as far as there is room, or once there is more', async () => {
    const accounts = [newOrganisation(api.connecting.xero), newOrganisation(api.connecting.xero)];
    const parameters = await bringBack(api, owner, { provider: 'xero', accounts });
    const { authorizationId } = (await finishAs(api, owner, 'xero', parameters)).json;
    const choose = (accountRefs: string[]) =>
      api.post(owner, '/v1/connect/xero/choose', { authorizationId, accountRefs });
    expect(codeOf(await choose(accounts))).toEqual([409, 'plan_limit_reached']);
    expect(await live()).toBe(most - 1);
    await putOn('pro');
    expect((await choose(accounts)).status).toBe(200);
    expect(await live()).toBe(most + 1);
  });
});
