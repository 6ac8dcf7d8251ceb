import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './test/api.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});

/** A merchant with a customer who has 20 points to spend and 5 held. */
const open = () => createMerchant(api.database);
const audit = async (merchant: Merchant, filter: string) =>
  (await api.get(merchant, `/v1/audit-records?${filter}`)).json.data;

describe('reports', () => {
  it('L37 tell what is owed: what customers can spend, and what rewards hold', async () => {
    const merchant = await open();
    const { json } = await api.get(merchant, '/v1/reports/points-liability');
    expect(json).toEqual({
      currency: 'USD',
      pointValueMinorUnits: 1,
      outstanding: { points: 25, valueMinor: 25 },
      available: { points: 20, valueMinor: 20, byExpiry: [{ month: null, points: 20, valueMinor: 20 }] },
      held: { points: 5, valueMinor: 5 },
      pending: { points: 0, valueMinor: 0, byRelease: [] },
      overdrawn: { points: 0, valueMinor: 0 },
    });
  });

  it('tell what sales would have earned under another version, and move nothing', async () => {
    const merchant = await open();
    const [{ id }] = (await api.get(merchant, '/v1/reward-rules')).json.data;
    const period = { from: '2026-06-01T00:00:00Z', to: '2026-06-02T00:00:00Z' };
    const { status, json } = await api.post(merchant, `/v1/reward-rules/${id}/preview`, period, {});
    expect([status, json]).toEqual([200, { sales: 2, earningSales: 1, points: 100, pointsActual: 50, difference: 50 }]);
    expect((await api.get(merchant, '/v1/reports/points-liability')).json.outstanding.points).toBe(25);
    const long = await api.post(merchant, `/v1/reward-rules/${id}/preview`, { ...period, to: '2026-12-01T00:00:00Z' });
    expect([long.status, long.json.issues[0].path]).toEqual([422, 'to']);
  });
});

describe('the audit', () => {
  it('S1-119 has the rules that were made and put into force, and by whom', async () => {
    const merchant = await open();
    const [rule] = (await api.get(merchant, '/v1/reward-rules')).json.data;
    await api.post(merchant, `/v1/reward-rules/${rule.id}/activate`, { effectiveFrom: '2026-12-01T00:00:00Z' });
    expect(await audit(merchant, `targetId=${rule.id}`)).toMatchObject([
      {
        action: 'rule.activate',
        actor: 'the-owner',
        targetType: 'rewardRule',
        before: { activeVersion: 1 },
        after: { activeVersion: 2, effectiveFrom: '2026-12-01T00:00:00.000Z' },
      },
      {
        action: 'rule.create',
        actor: `owner ${merchant.canary}`,
        before: null,
        after: { version: 2, currency: 'USD', config: { conversionRate: 2 } },
      },
    ]);
    const mine = await audit(merchant, 'actor=the-owner');
    expect(mine.map(({ action }: { action: string }) => action)).toEqual(['rule.activate']);
  });

  it('has nothing of what was refused', async () => {
    const merchant = await open();
    const [{ id }] = (await api.get(merchant, '/v1/wallets')).json.data;
    await api.post(merchant, `/v1/wallets/${id}/adjustments`, { points: -500, reason: 'too much' });
    await api.post(merchant, `/v1/wallets/${id}/unfreeze`, { reason: 'not frozen' });
    expect(await audit(merchant, 'actor=the-owner')).toEqual([]);
  });

  it.each(['targetId=x', 'targetId=txn_01kb7kz3v8e6tbwz1n0p4c5d6e', 'actor=', 'action=wallet.freeze'])(
    'refuses the filter %s',
    async (filter) => {
      const merchant = await open();
      const { status, json } = await api.get(merchant, `/v1/audit-records?${filter}`);
      expect([status, json.code]).toEqual([422, 'validation_failed']);
    },
  );
});
