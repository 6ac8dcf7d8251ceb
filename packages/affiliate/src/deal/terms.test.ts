import { describe, expect, it } from 'vitest';
import { carryOver, dealTerms, readDealTerms } from './terms.ts';

const share = { shareBps: 2000, method: 'marginal' as const };
const tier = (minNgrMinor: number) => ({ anyOf: [{ minNgrMinor }], shareBps: 3000 });

describe('terms', () => {
  it.each<[string, unknown]>([
    ['that pay nothing', {}],
    ['with more than all of the NGR', { revenueShare: { shareBps: 10_001 } }],
    ['with half a basis point', { revenueShare: { shareBps: 0.5 } }],
    ['with a field nobody knows', { flatMinor: 1, bonus: 1 }],
    ['with a tier of no condition', { cpa: { amountMinor: 1, tiers: [{ anyOf: [{}], amountMinor: 2 }] } }],
    ['with marginal tiers that do not ascend', { revenueShare: { ...share, tiers: [tier(2), tier(2)] } }],
    [
      'with marginal tiers by what is not paid',
      { revenueShare: { ...share, tiers: [{ anyOf: [{ minFtd: 1 }], shareBps: 1 }] } },
    ],
    [
      'with marginal tiers of two conditions',
      { revenueShare: { ...share, tiers: [{ anyOf: [{ minFtd: 1, minNgrMinor: 1 }], shareBps: 1 }] } },
    ],
    [
      'with marginal tiers of two groups',
      { revenueShare: { ...share, tiers: [{ anyOf: [{ minNgrMinor: 1 }, { minNgrMinor: 2 }], shareBps: 1 }] } },
    ],
  ])('%s are refused', (_, said) => {
    expect(dealTerms.safeParse(said).success).toBe(false);
  });

  it('are read back as they were stored, and nothing else is', () => {
    const stored = dealTerms.parse({ revenueShare: { ...share, tiers: [tier(1), tier(2)] } });
    expect(readDealTerms(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
    expect(() => readDealTerms({ cpa: 'x' })).toThrow('cannot be read');
  });

  it('carry over before tiers only what tiers look at', () => {
    expect(carryOver.safeParse({ mode: 'carry', basis: 'commission', beforeTiers: true }).success).toBe(false);
  });
});
