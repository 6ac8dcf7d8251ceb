import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './test/api.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';

const config = { conversionRate: 2 };

describe('reward rules', () => {
  let api: Api;
  const merchants: Merchant[] = [];
  beforeAll(async () => {
    api = await startApi();
    for (let count = 0; count < 8; count += 1) merchants.push(await createMerchant(api.database));
  });

  /** A merchant nobody used yet, with versions 1 (active) and 2. */
  const fresh = () => merchants.pop() as Merchant;
  const create = (merchant: Merchant, body: unknown = { config }) => api.post(merchant, '/v1/reward-rules', body);
  const activate = (merchant: Merchant, id: string, body: unknown = {}) =>
    api.post(merchant, `/v1/reward-rules/${id}/activate`, body);
  const rulesOf = async (merchant: Merchant) => (await api.get(merchant, '/v1/reward-rules')).json.data;

  it('S1-095 are created with their defaults, by the caller, in the currency of the organization', async () => {
    const merchant = fresh();
    const { status, json } = await create(merchant);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      version: 3,
      currency: 'USD',
      isActive: false,
      effectiveFrom: null,
      createdBy: 'the-owner',
    });
    expect(json.config).toEqual({
      conversionRate: 2,
      minSpendMinorUnits: 0,
      maxPointsPerTransaction: null,
      minBalanceToRedeem: 0,
      maxRedemptionPercentage: 100,
      roundingPolicy: 'floor',
      taxMode: 'include',
      pointValueMinorUnits: 1,
      items: { include: [], exclude: [], multipliers: [], bonuses: [] },
      additionalRates: [],
      pendingDays: 0,
      expiry: null,
      clawbackPolicy: 'within_balance',
      limits: {
        pointsEarnedPerDay: null,
        redemptionsPerDay: null,
        pointsRedeemedPerDay: null,
        salesPerHourAlert: null,
      },
      rewardMinutes: 1440,
    });
    expect((await api.get(merchant, `/v1/reward-rules/${json.id}`)).json).toEqual(json);
  });

  it('S1-091 one is active: activating the next ends the one before', async () => {
    const merchant = fresh();
    const { json: rule } = await create(merchant);
    const { status, json } = await activate(merchant, rule.id, { effectiveFrom: '2026-12-01T02:00:00+02:00' });
    expect([status, json]).toEqual([200, { ...rule, isActive: true, effectiveFrom: '2026-12-01T00:00:00.000Z' }]);
    const active = (await rulesOf(merchant)).filter((one: { isActive: boolean }) => one.isActive);
    expect(active).toEqual([json]);
  });

  it('take effect now when no time is given', async () => {
    const merchant = fresh();
    const before = Date.now();
    const { json } = await activate(merchant, (await create(merchant)).json.id);
    const at = Date.parse(json.effectiveFrom);
    // The database's clock is this machine's; it may round a millisecond.
    expect(at).toBeGreaterThanOrEqual(before - 1);
    expect(at).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('are activated once: a second time is a conflict and changes nothing', async () => {
    const merchant = fresh();
    const { id } = (await create(merchant)).json;
    await activate(merchant, id);
    const before = await rulesOf(merchant);
    const { status, json } = await activate(merchant, id, { effectiveFrom: '2026-12-01T00:00:00Z' });
    expect([status, json.code]).toEqual([409, 'conflict']);
    expect(await rulesOf(merchant)).toEqual(before);
  });

  it('activated by two at once are activated by one', async () => {
    const merchant = fresh();
    const { id } = (await create(merchant)).json;
    const answers = await Promise.all([1, 2, 3, 4].map(() => activate(merchant, id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('S1-090 created by many at once have versions without gaps, each once', async () => {
    const merchant = fresh();
    const answers = await Promise.all(Array.from({ length: 12 }, () => create(merchant)));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201));
    const versions = answers.map(({ json }) => json.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 12 }, (_, index) => index + 3));
  });

  it('are not created or activated by a role that may only read, and nothing is left behind', async () => {
    const merchant = fresh();
    const before = await rulesOf(merchant);
    const finance = { orgId: merchant.orgId, role: 'finance' } as const;
    const answers = [
      await api.post(finance, '/v1/reward-rules', { config }),
      await api.post(finance, `/v1/reward-rules/${before[0].id}/activate`, {}),
    ];
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual(Array(2).fill([403, 'forbidden']));
    expect(await rulesOf(merchant)).toEqual(before);
  });

  it.each([
    ['an unknown field', { config, isActive: true }, ''],
    ['an unknown field of the config', { config: { ...config, bonus: 1 } }, 'config'],
    ['a missing config', {}, 'config'],
    ['a rate of zero', { config: { conversionRate: 0 } }, 'config.conversionRate'],
    ['a rate as text', { config: { conversionRate: '1' } }, 'config.conversionRate'],
    ['half a minor unit', { config: { ...config, minSpendMinorUnits: 0.5 } }, 'config.minSpendMinorUnits'],
    [
      'more than all of a basket',
      { config: { ...config, maxRedemptionPercentage: 101 } },
      'config.maxRedemptionPercentage',
    ],
    ['a currency in lower case', { config, currency: 'usd' }, 'currency'],
  ])('refuse %s', async (_what, body, field) => {
    const merchant = merchants[0] as Merchant;
    const before = await rulesOf(merchant);
    const { status, json } = await create(merchant, body);
    expect([status, json.code, json.issues.map(({ path }: { path: string }) => path)]).toEqual([
      422,
      'validation_failed',
      [field],
    ]);
    expect(await rulesOf(merchant)).toEqual(before);
  });

  it.each([
    ['an unknown field', { from: '2026-12-01T00:00:00Z' }, ''],
    ['a date without a time', { effectiveFrom: '2026-12-01' }, 'effectiveFrom'],
    ['a year that Postgres does not have', { effectiveFrom: '0000-01-01T00:00:00Z' }, 'effectiveFrom'],
    ['a year beyond four digits', { effectiveFrom: '9999-12-31T23:00:00-12:00' }, 'effectiveFrom'],
  ])('are not activated with %s', async (_what, body, field) => {
    const merchant = merchants[0] as Merchant;
    const [{ id }] = await rulesOf(merchant);
    const { status, json } = await activate(merchant, id, body);
    expect([status, json.code, json.issues[0].path]).toEqual([422, 'validation_failed', field]);
  });
});
