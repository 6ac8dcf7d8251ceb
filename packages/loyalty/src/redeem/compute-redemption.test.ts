import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { ruleConfig } from '../rule/rule-config.ts';
import { computeRedemption, maxRedeemable, type RedemptionTerms } from './compute-redemption.ts';

type Config = Partial<z.input<typeof ruleConfig>>;

const terms = (config: Config = {}, change: Partial<RedemptionTerms> = {}): RedemptionTerms => ({
  rule: { config: ruleConfig.parse({ conversionRate: 1, ...config }), currency: 'USD' },
  wallet: { status: 'active', available: 10_000 },
  basket: { amountMinor: 1000, currency: 'USD' },
  usedToday: { redemptions: 0, points: 0 },
  ...change,
});
const holding = (available: number): Partial<RedemptionTerms> => ({ wallet: { status: 'active', available } });
const used = (redemptions: number, points: number): Partial<RedemptionTerms> => ({
  usedToday: { redemptions, points },
});
const accepted = (valueMinor: number) => ({ outcome: 'accepted', valueMinor });
const refused = (refusal: string) => ({ outcome: 'refused', refusal });

const half: Config = { maxRedemptionPercentage: 50 };
const daily = (limits: NonNullable<Config['limits']>): Config => ({ limits });

describe('points for a basket of $10', () => {
  it.each<[string, number, RedemptionTerms, object, number]>([
    ['L50 100 of 250', 100, terms({}, holding(250)), accepted(100), 250],
    ['L55 500 of half of it', 500, terms(half), accepted(500), 500],
    ['L55 501 of half of it', 501, terms(half), refused('exceeds_basket_share'), 500],
    ['L56 more than there are', 251, terms({}, holding(250)), refused('not_enough_points'), 250],
    ['of an empty wallet', 1, terms({}, holding(0)), refused('not_enough_points'), 0],
    ['of a wallet in debt', 1, terms({}, holding(-5)), refused('below_minimum_balance'), 0],
    [
      'S1-072 of a frozen wallet',
      1,
      terms({}, { wallet: { status: 'frozen', available: 10 } }),
      refused('wallet_frozen'),
      0,
    ],
    [
      'S1-099 below the balance to redeem',
      1,
      terms({ minBalanceToRedeem: 100 }, holding(99)),
      refused('below_minimum_balance'),
      0,
    ],
    ['S1-099 at the balance to redeem', 1, terms({ minBalanceToRedeem: 100 }, holding(100)), accepted(1), 100],
    ['S1-100 none of it', 1, terms({ maxRedemptionPercentage: 0 }), refused('exceeds_basket_share'), 0],
    [
      'S1-100 a share between two cents',
      334,
      terms({ maxRedemptionPercentage: 33.39 }),
      refused('exceeds_basket_share'),
      333,
    ],
    [
      'in another currency',
      1,
      terms({}, { basket: { amountMinor: 1000, currency: 'EUR' } }),
      refused('currency_mismatch'),
      0,
    ],
    ['all of it', 1000, terms(), accepted(1000), 1000],
    ['a cent more than all of it', 1001, terms(), refused('exceeds_basket_share'), 1000],
    ['points worth half a cent, rounded down', 3, terms({ pointValueMinorUnits: 0.5 }), accepted(1), 2001],
    ['one worth half a cent', 1, terms({ pointValueMinorUnits: 0.5 }), refused('not_enough_points'), 2001],
    ['exact where a double is not: 100 at 0.29', 100, terms({ pointValueMinorUnits: 0.29 }), accepted(29), 3451],
    ['the last but one time today', 10, terms(daily({ redemptionsPerDay: 2 }), used(1, 0)), accepted(10), 1000],
    ['one time too many today', 10, terms(daily({ redemptionsPerDay: 2 }), used(2, 0)), refused('limit_reached'), 0],
    ['the rest of today', 40, terms(daily({ pointsRedeemedPerDay: 100 }), used(5, 60)), accepted(40), 40],
    [
      'more than the rest of today',
      41,
      terms(daily({ pointsRedeemedPerDay: 100 }), used(5, 60)),
      refused('limit_reached'),
      40,
    ],
    [
      'a limit that was lowered since',
      1,
      terms(daily({ pointsRedeemedPerDay: 50 }), used(1, 60)),
      refused('limit_reached'),
      0,
    ],
    ['none', 0, terms(), refused('not_enough_points'), 1000],
  ])('%s', (_case, points, given, expected, most) => {
    expect(computeRedemption(given, points)).toEqual(expected);
    expect(maxRedeemable(given)).toBe(most);
  });

  it.each<[string, Config, Partial<RedemptionTerms>]>([
    [
      'wallet_frozen',
      { minBalanceToRedeem: 100 },
      { wallet: { status: 'frozen', available: 0 }, basket: { amountMinor: 0, currency: 'EUR' } },
    ],
    ['currency_mismatch', { minBalanceToRedeem: 100 }, { ...holding(0), basket: { amountMinor: 0, currency: 'EUR' } }],
    ['below_minimum_balance', { minBalanceToRedeem: 100, maxRedemptionPercentage: 0 }, holding(0)],
    [
      'not_enough_points',
      { maxRedemptionPercentage: 0, limits: { redemptionsPerDay: 1 } },
      { ...holding(0), ...used(1, 0) },
    ],
    ['exceeds_basket_share', { maxRedemptionPercentage: 0, limits: { redemptionsPerDay: 1 } }, used(1, 0)],
  ])('are refused with %s before any later reason', (refusal, config, change) => {
    expect(computeRedemption(terms(config, change), 1)).toEqual(refused(refusal));
  });
});

const amount = fc.oneof(fc.nat(2000), fc.nat(Number.MAX_SAFE_INTEGER));
const anyTerms = fc
  .record({
    pointValueMinorUnits: fc.oneof(
      fc.constantFrom(1, 0.5, 0.29, 2.5),
      fc.double({ min: 1e-9, max: 1_000_000, noNaN: true }),
    ),
    maxRedemptionPercentage: fc.oneof(fc.constantFrom(0, 50, 100), fc.double({ min: 0, max: 100, noNaN: true })),
    minBalanceToRedeem: fc.nat(500),
    limits: fc.record({
      redemptionsPerDay: fc.option(fc.integer({ min: 1, max: 3 })),
      pointsRedeemedPerDay: fc.option(fc.integer({ min: 1, max: 2000 })),
    }),
    available: amount,
    amountMinor: amount,
    usedToday: fc.record({ redemptions: fc.nat(3), points: fc.nat(2000) }),
  })
  .map(({ available, amountMinor, usedToday, ...config }) =>
    terms(config, { ...holding(available), basket: { amountMinor, currency: 'USD' }, usedToday }),
  );

describe('whatever the rule, the wallet and the basket', () => {
  it('the most that can be redeemed is accepted, and not a point more', () => {
    fc.assert(
      fc.property(anyTerms, fc.nat(1000), (given, more) => {
        const most = maxRedeemable(given);
        if (most > 0) expect(computeRedemption(given, most).outcome).toBe('accepted');
        if (most < Number.MAX_SAFE_INTEGER) expect(computeRedemption(given, most + 1).outcome).toBe('refused');
        if (most + more < Number.MAX_SAFE_INTEGER) {
          expect(computeRedemption(given, most + 1 + more).outcome).toBe('refused');
        }
      }),
    );
  });

  it('what is accepted is a whole, safe part of the basket, paid with points that are there', () => {
    fc.assert(
      fc.property(anyTerms, amount, (given, points) => {
        const redemption = computeRedemption(given, points);
        if (redemption.outcome === 'refused') return;
        expect(Number.isSafeInteger(redemption.valueMinor)).toBe(true);
        expect(redemption.valueMinor).toBeGreaterThan(0);
        expect(redemption.valueMinor).toBeLessThanOrEqual(given.basket.amountMinor);
        expect(points).toBeLessThanOrEqual(given.wallet.available);
      }),
    );
  });
});
