import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeClawback, computeEarned } from './compute-points.ts';
import { type RuleConfig, ruleConfig } from './rule-config.ts';

const rule = (config: Partial<RuleConfig>): RuleConfig => ruleConfig.parse({ conversionRate: 1, ...config });

describe('computeEarned', () => {
  it.each([
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
  ] as const)('%s', (_case, amountMinor, currency, config, expected) => {
    expect(computeEarned(amountMinor, currency, rule(config))).toBe(expected);
  });
});

describe('computeClawback', () => {
  it.each([
    ['L40 nothing refunded', 70, 0, 4000, 0],
    ['L41 half of the money', 70, 2000, 4000, 35],
    ['L43 all of it', 50, 5000, 5000, 50],
    ['a third, rounded for the customer', 100, 1000, 3000, 33],
    ['more than was paid', 50, 6000, 5000, 50],
  ])('%s', (_case, earned, refunded, paid, expected) => {
    expect(computeClawback(earned, refunded, paid)).toBe(expected);
  });

  it('never takes back more than was earned, and all of it in the end', () => {
    const amounts = fc.record({ earned: fc.nat(1e9), paid: fc.integer({ min: 1, max: 1e9 }), part: fc.nat(1e9) });
    fc.assert(
      fc.property(amounts, ({ earned, paid, part }) => {
        const taken = computeClawback(earned, Math.min(part, paid), paid);
        expect(taken).toBeGreaterThanOrEqual(0);
        expect(taken).toBeLessThanOrEqual(earned);
        expect(computeClawback(earned, paid, paid)).toBe(earned);
      }),
    );
  });
});
