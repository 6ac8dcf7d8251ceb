import { describe, expect, it } from 'vitest';
import { type Counted, computeEarnings, type DealMonthFacts } from './compute-earnings.ts';
import { counted, major, monthOf, termsOf } from './terms.fixture.ts';

const earned = (facts: DealMonthFacts) => computeEarnings(facts).earnedMinor;
const ngrTier = (from: number, shareBps: number) => ({ anyOf: [{ minNgrMinor: major(from) }], shareBps });
const share = (shareBps: number) => ({ revenueShare: { shareBps } });

/** The table of case A5; a tier begins with the amount that the case begins it with. */
const tiered = {
  revenueShare: {
    shareBps: 2500,
    tiers: [ngrTier(5001, 3000), ngrTier(20_001, 3500), ngrTier(50_001, 4000), ngrTier(100_001, 5000)],
  },
};

/** The tiers of case A10. */
const both = {
  cpa: {
    amountMinor: major(50),
    tiers: [
      { anyOf: [{ minFtd: 2, minNgrMinor: major(200) }], amountMinor: major(60) },
      { anyOf: [{ minFtd: 3, minNgrMinor: major(300) }], amountMinor: major(70) },
    ],
  },
};

/** The tiers of case A8, of an NGR that comes from the GGR. */
const fromGgr = {
  revenueShare: { shareBps: 2500, tiers: [ngrTier(7501, 3000), ngrTier(50_001, 3500)] },
  ngr: { from: 'ggr' as const, depositFeeBps: 700 },
};
const bonusAnd = (deposits: number, withdrawals: number, ggr: number) => ({
  ggrMinor: major(ggr),
  bonusesMinor: major(20),
  depositsMinor: major(deposits),
  withdrawalsMinor: major(withdrawals),
});

describe('what a month earns', () => {
  it.each<[string, DealMonthFacts, number]>([
    ['A1: CPA 120 for 20 first deposits', monthOf({ cpa: { amountMinor: major(120) } }, { ftdCount: 20 }), 2400],
    ['A5: whole-amount tiers at 25,000', monthOf(tiered, { ngrMinor: major(25_000) }), 8750],
    ['A7: the last amount of a tier', monthOf(tiered, { ngrMinor: major(5000) }), 1250],
    ['A7: the first amount of the next', monthOf(tiered, { ngrMinor: major(5001) }), 1500.3],
    ['A8: bonus and fees of 230 off 8,000, still the second tier', monthOf(fromGgr, bonusAnd(2000, 1000, 8000)), 2331],
    ['A8: a GGR of the second tier, an NGR of the first', monthOf(fromGgr, bonusAnd(2000, 0, 7600)), 1860],
    ['A10: one first deposit', monthOf(both, { ftdCount: 1, ngrMinor: major(250) }), 50],
    ['A10: two, and enough revenue', monthOf(both, { ftdCount: 2, ngrMinor: major(250) }), 120],
    ['A10: two, and too little: AND is not met', monthOf(both, { ftdCount: 2, ngrMinor: major(150) }), 100],
    ['A10: three, and enough for the second tier', monthOf(both, { ftdCount: 3, ngrMinor: major(320) }), 210],
    [
      'A11: no first deposit qualified, the share accrues',
      monthOf({ cpa: { amountMinor: major(50) }, ...share(2000) }, { ngrMinor: major(100) }),
      20,
    ],
    ['A14: CPA 120 for 100 players', monthOf({ cpa: { amountMinor: major(120) } }, { ftdCount: 100 }), 12_000],
    ['A14: 35 % of 120 each, a twelfth of the year', monthOf(share(3500), { ngrMinor: major(12_000) }), 50_400 / 12],
    [
      'A16: the admin fee comes off before the share',
      monthOf(
        { ...share(3000), ngr: { from: 'ggr', adminFeeBps: 1000 } },
        { ggrMinor: major(1000), bonusesMinor: major(100) },
      ),
      240,
    ],
    ['flat: what is agreed, whatever happened', monthOf({ flatMinor: major(500) }), 500],
    [
      'hybrid: CPA, share and flat add up',
      monthOf(
        { cpa: { amountMinor: major(50) }, ...share(2000), flatMinor: major(7) },
        { ftdCount: 2, ngrMinor: major(10) },
      ),
      109,
    ],
  ])('%s', (_, facts, expected) => {
    expect(earned(facts)).toBe(major(expected));
  });

  it.each([
    ['A17', 1000, 2000, 200],
    ['A17', 1000, 5000, 500],
    ['A17', 1900, 1000, 190],
    ['A19', 3, 2000, 1],
    ['A19', 15, 1000, 2],
    ['A19', 1, 5000, 1],
    ['A20', 500, 290, 15],
    ['A20, below zero', -500, 290, -15],
  ])('%s: of %i cents, %i basis points are %i', (_, ngrMinor, shareBps, expected) => {
    expect(earned(monthOf(share(shareBps), { ngrMinor }))).toBe(expected);
  });

  it.each([
    [5000, 1, 5000],
    [500, 2, 1000],
    [500, 0, 0],
  ])('A22: %i cents each for %i', (amountMinor, ftdCount, expected) => {
    expect(earned(monthOf({ cpa: { amountMinor } }, { ftdCount }))).toBe(expected);
  });

  const groups = (anyOf: { minFtd?: number; minNgrMinor?: number }[], shareBps: number) => ({ anyOf, shareBps });
  it.each<[string, Partial<Counted>, number]>([
    ['one group of OR', { ftdCount: 5 }, 2000],
    ['the other one', { ngrMinor: 10_000 }, 2000],
    ['a lower tier that comes later does not replace a higher one', { ftdCount: 9 }, 2000],
    ['none', { ftdCount: 4, ngrMinor: 9999 }, 1000],
  ])('A23: of the tiers that hold the highest applies: %s', (_, told, shareBps) => {
    const tiers = [groups([{ minFtd: 5 }, { minNgrMinor: 10_000 }], 2000), groups([{ minFtd: 8 }], 1500)];
    const ngrMinor = told.ngrMinor ?? 1000;
    expect(earned(monthOf({ revenueShare: { shareBps: 1000, tiers } }, { ...told, ngrMinor }))).toBe(
      Math.round((ngrMinor * shareBps) / 10_000),
    );
  });

  it('marginal tiers give each cent the rate of its own tier', () => {
    const ladder = [5000.01, 20_000.01].map((from, at) => ngrTier(from, 3000 + at * 500));
    const facts = monthOf(
      { revenueShare: { shareBps: 2500, method: 'marginal', tiers: ladder } },
      { ngrMinor: major(25_000) },
    );
    expect(earned(facts)).toBe(major(1250 + 4500 + 1750));
  });

  it('marginal tiers by count give each first deposit the rate of its own tier', () => {
    const tiers = [{ anyOf: [{ minFtd: 11 }], amountMinor: 60 }];
    expect(earned(monthOf({ cpa: { amountMinor: 50, method: 'marginal', tiers } }, { ftdCount: 12 }))).toBe(620);
  });
});

describe('caps', () => {
  const cpa = { amountMinor: 100, tiers: [{ anyOf: [{ minFtd: 6 }], amountMinor: 200 }] };
  const days = [5, 1, 4].map((ftdCount) => ({ ftdCount }));
  it.each([
    ['of a day’s count', { ftdPerDay: 3 }, (3 + 1 + 3) * 200],
    ['of a month’s count, in the order of the days', { ftdPerMonth: 7 }, 7 * 200],
    ['of both', { ftdPerDay: 4, ftdPerMonth: 8 }, 8 * 200],
    ['of a day’s amount', { cpaPerDayMinor: 700 }, 700 + 200 + 700],
    ['of a month’s amount', { earnedPerMonthMinor: 1500 }, 1500],
    ['that is never reached', { ftdPerDay: 5, ftdPerMonth: 10 }, 2000],
  ])('%s bounds what is paid, and tiers look at all there is', (_, caps, expected) => {
    expect(earned(monthOf({ cpa, caps }, ...days))).toBe(expected);
  });
});

describe('terms that change within a month', () => {
  const stretch = (said: Parameters<typeof termsOf>[0], days: number, told: Partial<Counted>) => ({
    terms: termsOf(said),
    days,
    counted: [counted(told)],
  });

  it('A58: apply from their day on; earlier days keep the old ones', () => {
    const stretches = [
      stretch({ cpa: { amountMinor: 100 }, ...share(2000), flatMinor: 3000 }, 10, { ftdCount: 2, ngrMinor: 1000 }),
      stretch({ cpa: { amountMinor: 150 }, ...share(3000), flatMinor: 6000 }, 20, { ftdCount: 4, ngrMinor: 2000 }),
    ];
    expect(computeEarnings({ stretches, daysInMonth: 30 })).toMatchObject({
      cpaMinor: 200 + 600,
      revenueShareMinor: 200 + 600,
      flatMinor: 1000 + 4000,
    });
  });

  it('A58: a count is capped over the whole month', () => {
    const cpa = { cpa: { amountMinor: 100 } };
    const stretches = [
      stretch({ ...cpa, caps: { ftdPerMonth: 9 } }, 10, { ftdCount: 6 }),
      stretch({ ...cpa, caps: { ftdPerMonth: 8 } }, 20, { ftdCount: 6 }),
    ];
    expect(earned({ stretches, daysInMonth: 30 })).toBe(800);
  });

  it.each([
    ['that cancel out', -100_000, 0, 10_000],
    ['of which half a cent is left', -99_999, 5000, 10_000],
    ['of which less than half a cent is left', -99_999, 6000, 10_000],
  ])('A58: parts %s are still paid at their own rates', (_, ngrMinor, depositsMinor, expected) => {
    const fee = { ngr: { depositFeeBps: 1 } };
    const stretches = [
      stretch({ ...share(3000), ...fee }, 10, { ngrMinor: 100_000 }),
      stretch({ ...share(2000), ...fee }, 20, { ngrMinor, depositsMinor }),
    ];
    expect(earned({ stretches, daysInMonth: 30 })).toBe(expected);
  });

  it('A58: marginal tiers count first deposits from the first of the month, also of days that paid none', () => {
    const tiers = [{ anyOf: [{ minFtd: 11 }], amountMinor: 60 }];
    const stretches = [
      stretch(share(0), 10, { ftdCount: 8 }),
      stretch({ cpa: { amountMinor: 50, method: 'marginal', tiers } }, 20, { ftdCount: 4 }),
    ];
    expect(earned({ stretches, daysInMonth: 30 })).toBe(2 * 50 + 2 * 60);
  });

  it.each([
    ['beyond the cap', [10, -2], 8],
    ['below it', [10, -3, 0], 7],
    ['and others come', [10, -3, 5], 8],
    ['of which some were beyond the cap and some were not', [9, -1, -4, 1], 5],
  ])('first deposits that a network takes back are no longer paid: %s', (_, told, expected) => {
    const cpa = { cpa: { amountMinor: 1 }, caps: { ftdPerMonth: 8 } };
    const stretches = told.map((ftdCount) => stretch(cpa, 10, { ftdCount }));
    expect(earned({ stretches, daysInMonth: 30 })).toBe(expected);
  });
});
