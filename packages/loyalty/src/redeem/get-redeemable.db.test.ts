import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../rule/business.fixture.ts';
import { day, noon, openTill, type Till } from './till.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
const at = (time: string) => new Date(time);

describe('getRedeemable', () => {
  const nothing = (refused: string, currency = 'USD') => ({ points: 0, valueMinor: 0, currency, refusal: refused });

  it.each<[string, Parameters<typeof openTill>[1], Parameters<typeof openTill>[2], object, object]>([
    ['what the wallet holds', 250, {}, {}, { points: 250, valueMinor: 250, currency: 'USD', refusal: null }],
    [
      'L55 half of the basket',
      5000,
      { maxRedemptionPercentage: 50 },
      { basketMinor: 1001 },
      { points: 500, valueMinor: 500, currency: 'USD', refusal: null },
    ],
    ['nothing of too little', 99, { minBalanceToRedeem: 100 }, {}, nothing('below_minimum_balance')],
    ['nothing of nothing', 0, {}, {}, nothing('not_enough_points')],
    ['nothing in another currency', 250, {}, { currency: 'EUR' }, nothing('currency_mismatch', 'EUR')],
    [
      'nothing of a basket of which points pay nothing',
      250,
      { maxRedemptionPercentage: 0 },
      {},
      nothing('exceeds_basket_share'),
    ],
  ])('%s', async (_case, points, config, wanted, expected) => {
    const till = await openTill(database, points, config);
    expect(await till.offers(wanted)).toEqual(expected);
  });

  it('nothing before there is a rule, of a frozen wallet, or once the day has had its share', async () => {
    const till = await openTill(database, 250, { limits: { redemptionsPerDay: 1 } });
    expect(await till.offers({}, day('2025-12-31'))).toEqual(nothing('no_rule_in_force'));
    await till.issue();
    expect(await till.offers()).toEqual(nothing('limit_reached'));
    await till.setWallet(`status = 'frozen'`);
    expect(await till.offers()).toEqual(nothing('wallet_frozen'));
  });

  it('refuses a wallet that is not there', async () => {
    const till = await openTill(database, 0);
    till.walletId = showId('wallet', crypto.randomUUID());
    expect(await refusal(till.offers())).toBe('not_found');
  });

  it('what is offered is issued, and not a point more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(3000),
        fc.integer({ min: 1, max: 3000 }),
        fc.constantFrom(0, 33.3, 50, 100),
        fc.constantFrom(0.29, 0.5, 1, 2.5),
        fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 3 }),
        async (points, basketMinor, maxRedemptionPercentage, pointValueMinorUnits, before) => {
          const limits = { pointsRedeemedPerDay: 1000, redemptionsPerDay: 3 };
          const till = await openTill(database, points, { maxRedemptionPercentage, pointValueMinorUnits, limits });
          for (const earlier of before) await refusal(till.issue({ points: earlier }));
          const offer = await till.offers({ basketMinor });
          expect(await refusal(till.issue({ points: offer.points + 1, basketMinor }))).not.toBe('accepted');
          if (offer.points === 0) expect(offer).toEqual(nothing(offer.refusal as string));
          else expect(await till.issue({ points: offer.points, basketMinor })).toMatchObject(withoutRefusal(offer));
          expect(await till.faults()).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });
});

const withoutRefusal = ({ points, valueMinor, currency }: Awaited<ReturnType<Till['offers']>>) => {
  return { points, valueMinor, currency };
};

describe('a day of redemptions', () => {
  it.each([
    ['New York', 'America/New_York', '2026-11-21T04:59:59.999Z', '2026-11-21T05:00:00Z', '2026-11-22T04:59:59Z'],
    ['Auckland', 'Pacific/Auckland', '2026-11-20T10:59:59.999Z', '2026-11-20T11:00:00Z', '2026-11-21T10:59:59Z'],
    [
      'Havana, where midnight comes twice',
      'America/Havana',
      '2026-11-01T03:59:59.999Z',
      '2026-11-01T04:00:00Z',
      '2026-11-02T04:59:59Z',
    ],
    [
      'Cairo, where it does not come',
      'Africa/Cairo',
      '2026-04-23T21:59:59.999Z',
      '2026-04-23T22:00:00Z',
      '2026-04-24T20:59:59Z',
    ],
  ])('ends at midnight in %s', async (_where, zone, last, first, lastOfNext) => {
    const till = await openTill(database, 1000, { limits: { redemptionsPerDay: 1 } });
    await till.setZone(zone);
    expect(await refusal(till.issue({}, at(last)))).toBe('accepted');
    expect(await refusal(till.issue({}, at(last)))).toBe('limit_reached');
    expect(await refusal(till.issue({}, at(first)))).toBe('accepted');
    expect(await refusal(till.issue({}, at(lastOfNext)))).toBe('limit_reached');
  });

  it('counts the points of what was issued and not given back', async () => {
    const till = await openTill(database, 1000, { limits: { pointsRedeemedPerDay: 250 }, rewardMinutes: 60 });
    const [first, second] = [await till.issue(), await till.issue()];
    expect((await till.offers()).points).toBe(50);
    await till.redeem(first.id);
    expect((await till.offers()).points).toBe(50);
    await till.remove(second.id);
    expect((await till.offers()).points).toBe(150);
    await till.issue({ points: 150 });
    expect(await till.expire(at('2026-11-21T13:00:00Z'))).toBe(1);
    expect((await till.offers({}, at('2026-11-21T13:00:00Z'))).points).toBe(150);
  });

  it('counts what was redeemed on it, though it was issued the day before', async () => {
    const till = await openTill(database, 1000, { limits: { redemptionsPerDay: 1 }, rewardMinutes: 43_200 });
    const { id } = await till.issue({}, noon);
    const weekLater = at('2026-11-28T08:00:00Z');
    expect((await till.offers({}, weekLater)).refusal).toBeNull();
    await till.redeem(id, weekLater);
    expect((await till.offers({}, at('2026-11-28T23:59:59Z'))).refusal).toBe('limit_reached');
    expect((await till.offers({}, at('2026-11-29T00:00:00Z'))).refusal).toBeNull();
  });

  it('is of one wallet', async () => {
    const till = await openTill(database, 1000, { limits: { redemptionsPerDay: 1 } });
    await till.issue();
    await till.addWallet();
    await till.give(100);
    expect(await refusal(till.issue())).toBe('accepted');
  });
});
