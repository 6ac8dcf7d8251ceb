import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { computeClawback, computeEarned, type EarningSale } from './compute-points.ts';
import { ruleConfig } from './rule-config.ts';

type Config = Partial<z.input<typeof ruleConfig>>;

const rule = (config: Config) => ruleConfig.parse({ conversionRate: 1, ...config });
const sale = (amountMinor: number, change: Partial<EarningSale> = {}): EarningSale => {
  return { amountMinor, taxMinor: 0, pointsPaidMinor: 0, currency: 'USD', lines: null, ...change };
};

describe('computeEarned', () => {
  it.each<[string, number, string, Config, number]>([
    ['L1 1 point per $10, spend $105', 10_500, 'USD', { conversionRate: 0.1 }, 10],
    ['L8 a sale over the cap earns the cap', 62_000, 'USD', { maxPointsPerTransaction: 500 }, 500],
    ['L10 4 points per unit on 152', 15_200, 'USD', { conversionRate: 4 }, 608],
    ['S1-097 below the minimum spend', 999, 'USD', { minSpendMinorUnits: 1000 }, 0],
    ['S1-097 at the minimum spend', 1000, 'USD', { minSpendMinorUnits: 1000 }, 10],
    ['S1-101 floor', 199, 'USD', {}, 1],
    ['S1-101 ceil', 101, 'USD', { roundingPolicy: 'ceil' }, 2],
    ['S1-101 round', 150, 'USD', { roundingPolicy: 'round' }, 2],
    ['S1-096 a rate per yen', 1500, 'JPY', { conversionRate: 0.01 }, 15],
    ['exact where a double is not: 2.9 % of $5.00', 500, 'USD', { conversionRate: 2.9, roundingPolicy: 'round' }, 15],
    ['exact where a double is not: 0.29 × 100', 10_000, 'USD', { conversionRate: 0.29 }, 29],
    ['nothing paid', 0, 'USD', {}, 0],
  ])('%s', (_case, amountMinor, currency, config, expected) => {
    expect(computeEarned(sale(amountMinor, { currency }), rule(config))).toBe(expected);
  });

  it.each<[string, EarningSale, Config, number]>([
    [
      'L7 $105 less $20 paid with points, 1 per $10',
      sale(10_500, { pointsPaidMinor: 2000 }),
      { conversionRate: 0.1 },
      8,
    ],
    ['tax earns as a rule', sale(11_000, { taxMinor: 1000 }), {}, 110],
    ['tax does not earn when it is left out', sale(11_000, { taxMinor: 1000 }), { taxMode: 'exclude' }, 100],
    [
      'the minimum spend is compared with what can earn',
      sale(11_000, { taxMinor: 1000, pointsPaidMinor: 1 }),
      { taxMode: 'exclude', minSpendMinorUnits: 10_000 },
      0,
    ],
    [
      'more taken off than was paid earns nothing',
      sale(500, { taxMinor: 400, pointsPaidMinor: 400 }),
      { taxMode: 'exclude', roundingPolicy: 'ceil' },
      0,
    ],
    [
      'a sale paid with points alone gets no bonus',
      sale(500, { pointsPaidMinor: 500 }),
      { items: { bonuses: [{ match: null, points: 10 }] } },
      0,
    ],
    [
      'a sale below the minimum spend gets no bonus',
      sale(500),
      { minSpendMinorUnits: 501, items: { bonuses: [{ match: null, points: 10 }] } },
      0,
    ],
    [
      'L8 the cap is for bonuses too',
      sale(500),
      { maxPointsPerTransaction: 12, items: { bonuses: [{ match: null, points: 10 }] } },
      12,
    ],
    [
      'a bonus is added after rounding',
      sale(199),
      { roundingPolicy: 'ceil', items: { bonuses: [{ match: null, points: 10 }] } },
      12,
    ],
  ])('%s', (_case, given, config, expected) => {
    expect(computeEarned(given, rule(config))).toBe(expected);
  });

  it.each<[string, Config]>([
    ['a rate of a million', { conversionRate: 1_000_000 }],
    ['a factor of a million', { items: { multipliers: [{ match: null, factor: 1_000_000 }] } }],
    ['the largest bonus', { items: { bonuses: [{ match: null, points: Number.MAX_SAFE_INTEGER }] } }],
  ])('%s on the largest amount earns the largest safe integer', (_what, config) => {
    expect(computeEarned(sale(Number.MAX_SAFE_INTEGER), rule(config))).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is exact to the last point on the largest amount', () => {
    const largest = sale(Number.MAX_SAFE_INTEGER, { currency: 'JPY' });
    expect(computeEarned(largest, rule({ conversionRate: 0.999999999999999 }))).toBe(9_007_199_254_740_981);
  });
});

describe('computeClawback', () => {
  it.each([
    ['L40 nothing refunded', 70, 0, 4000, 0],
    ['L41 half of the money', 70, 2000, 4000, 35],
    ['L43 all of it', 50, 5000, 5000, 50],
    ['a third, rounded for the customer', 100, 1000, 3000, 33],
    ['more than was paid', 50, 6000, 5000, 50],
    ['nothing earned', 0, 2000, 4000, 0],
    ['nothing paid', 50, 2000, 0, 0],
  ])('%s', (_case, earned, refunded, paid, expected) => {
    expect(computeClawback(earned, refunded, paid)).toBe(expected);
  });

  it('L43 takes back what the sale earned under its own rule, whatever rule is in force now', () => {
    const earned = computeEarned(sale(5000), rule({}));
    expect(computeEarned(sale(5000), rule({ conversionRate: 2 }))).toBe(100);
    expect(computeClawback(earned, 5000, 5000)).toBe(50);
  });

  const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const split = fc.record({
    earned: fc.nat(Number.MAX_SAFE_INTEGER),
    paid: amount,
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
  });

  it('takes back all that was earned and never more, however a refund is split', () => {
    fc.assert(
      fc.property(split, ({ earned, paid, cuts }) => {
        const refundedSoFar = [...cuts.map((cut) => Math.floor(cut * paid)).sort((a, b) => a - b), paid];
        let taken = 0;
        for (const refunded of refundedSoFar) {
          const now = computeClawback(earned, refunded, paid);
          expect(now).toBeGreaterThanOrEqual(taken);
          expect(now).toBeLessThanOrEqual(earned);
          taken = now;
        }
        expect(taken).toBe(earned);
      }),
    );
  });

  it('leaves the customer the share of the money that was kept, and less than a point more', () => {
    fc.assert(
      fc.property(split, fc.double({ min: 0, max: 1, noNaN: true }), ({ earned, paid }, part) => {
        const refunded = Math.floor(part * paid);
        const exact = BigInt(earned) * BigInt(refunded);
        const taken = BigInt(computeClawback(earned, refunded, paid)) * BigInt(paid);
        expect(taken <= exact && exact < taken + BigInt(paid)).toBe(true);
      }),
    );
  });
});
