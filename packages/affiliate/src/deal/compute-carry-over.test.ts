import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeBalances, type DealInMonth, type MonthBalance } from './compute-carry-over.ts';
import { carryOf, major, monthOf } from './terms.fixture.ts';

const share = { revenueShare: { shareBps: 3000 } };
type Told = Parameters<typeof monthOf>[1];

/** One deal from month to month. */
function months(said: Parameters<typeof monthOf>[0], carryOver: DealInMonth['carryOver'], ...told: Told[]) {
  let formerClosingMinor = 0;
  return told.map((each) => {
    const [balance] = computeBalances([{ dealId: 'a', carryOver, facts: monthOf(said, each), formerClosingMinor }]);
    formerClosingMinor = balance?.closingMinor ?? 0;
    return balance as MonthBalance;
  });
}

const march = { ngrMinor: major(-10_000) };
const april = { ngrMinor: major(15_000) };
const payable = (balances: MonthBalance[]) => balances.map(({ payableMinor }) => payableMinor / 100);

describe('a month below zero', () => {
  it.each(['ngr', 'commission'] as const)(
    'A2: carried over by %s, it is made up for before anything is paid',
    (basis) => {
      expect(payable(months(share, carryOf({ mode: 'carry', basis }), march, april))).toEqual([0, 1500]);
    },
  );

  it.each(['ngr', 'commission'] as const)('A2: without carry-over by %s, it counts as zero', (basis) => {
    expect(payable(months(share, carryOf({ mode: 'none', basis }), march, april))).toEqual([0, 4500]);
  });

  it.each([
    ['A4: the next starts with it', 'carry', -5000],
    ['A4: the next starts at zero', 'none', 0],
  ] as const)('%s: %s', (_, mode, opening) => {
    const [, next] = months(share, carryOf({ mode, basis: 'ngr' }), { ngrMinor: major(-5000) }, {});
    expect(next?.openingMinor).toBe(opening === 0 ? 0 : major(opening));
  });

  it('by NGR leaves a CPA beside it alone; by commission it does not', () => {
    const hybrid = { ...share, cpa: { amountMinor: major(100) } };
    const told = { ftdCount: 5, ngrMinor: major(-1000) };
    const paid = (basis: 'ngr' | 'commission') => payable(months(hybrid, carryOf({ mode: 'none', basis }), told));
    expect([paid('ngr'), paid('commission')]).toEqual([[500], [200]]);
  });

  it.each([
    [true, 5000 * 0.2],
    [false, 5000 * 0.3],
  ])('A16: tiers look at what is left of the NGR only where the deal says so (%s)', (beforeTiers, expected) => {
    const tiered = {
      revenueShare: { shareBps: 2000, tiers: [{ anyOf: [{ minNgrMinor: major(10_000) }], shareBps: 3000 }] },
    };
    const balances = months(tiered, carryOf({ mode: 'carry', basis: 'ngr', beforeTiers }), march, april);
    expect(payable(balances)).toEqual([0, expected]);
  });

  it.each([0, -1])('pays no share of an NGR of %i, whichever terms its parts fall under', (sum) => {
    const facts = monthOf(share, { ngrMinor: 1000 });
    const other = monthOf({ revenueShare: { shareBps: 2000 } }, { ngrMinor: sum - 1000 });
    const stretches = [...facts.stretches, ...other.stretches];
    const deal = { dealId: 'a', facts: { ...facts, stretches }, formerClosingMinor: 0 };
    const [balance] = computeBalances([{ ...deal, carryOver: carryOf({ mode: 'none', basis: 'ngr' }) }]);
    expect(balance).toMatchObject({ closingMinor: sum, payableMinor: 0, earnings: { earnedMinor: 100 } });
  });

  it('is carried through months without anything', () => {
    const balances = months(share, carryOf({ mode: 'carry', basis: 'ngr' }), march, {}, april);
    expect(payable(balances)).toEqual([0, 0, 1500]);
  });
});

describe('two deals in one month', () => {
  const deals = (mode: 'none' | 'organization'): DealInMonth[] =>
    [400, -150].map((amount, at) => ({
      dealId: String(at),
      carryOver: carryOf({ mode }),
      facts: monthOf({ revenueShare: { shareBps: 10_000 } }, { ngrMinor: major(amount) }),
      formerClosingMinor: 0,
    }));

  it.each([
    ['counts as zero', 'none', [400, 0]],
    ['is netted across deals', 'organization', [250, 0]],
  ] as const)('A13: what is negative %s', (_, mode, expected) => {
    expect(payable(computeBalances(deals(mode)))).toEqual(expected);
  });

  it('pooled, those above zero make up for those below each by its part', () => {
    const closings = (amounts: number[]) =>
      computeBalances(
        amounts.map((ngrMinor, at) => ({
          dealId: String(at),
          carryOver: carryOf({ mode: 'brand', basis: 'ngr' }),
          facts: monthOf(share, { ngrMinor }),
          formerClosingMinor: 0,
        })),
      ).map(({ closingMinor }) => closingMinor);
    expect(closings([300, 100, -200, 0])).toEqual([150, 50, 0, 0]);
    expect(closings([100, -300, -100])).toEqual([0, -225, -75]);
  });
});

describe('whatever the balances are', () => {
  const pool = fc.array(
    fc.record({ month: fc.integer({ min: -9999, max: 9999 }), former: fc.integer({ min: -9999, max: 9999 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  const balancesOf = (members: { month: number; former: number }[], mode: 'none' | 'carry' | 'brand') =>
    computeBalances(
      members.map(({ month, former }, at) => ({
        dealId: String(at),
        carryOver: carryOf({ mode }),
        facts: monthOf({ revenueShare: { shareBps: 10_000 } }, { ngrMinor: month }),
        formerClosingMinor: former,
      })),
    );
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

  it('opening + month + pooled = closing, and what is paid is what is above zero', () => {
    fc.assert(
      fc.property(pool, fc.constantFrom('none' as const, 'carry' as const, 'brand' as const), (members, mode) => {
        for (const { openingMinor, monthMinor, pooledMinor, closingMinor, payableMinor } of balancesOf(members, mode)) {
          expect(openingMinor + monthMinor + pooledMinor).toBe(closingMinor);
          expect(payableMinor).toBe(Math.max(0, closingMinor));
          expect(openingMinor).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  const part = fc.record({
    shareBps: fc.integer({ min: 0, max: 10_000 }),
    ngrMinor: fc.integer({ min: -300, max: 300 }),
    depositsMinor: fc.nat(9999),
  });

  it('with nothing carried over, a month above zero pays what it earns, whichever terms its parts fall under', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const stretches = parts.flatMap(
          ({ shareBps, ...told }) => monthOf({ revenueShare: { shareBps }, ngr: { depositFeeBps: 7 } }, told).stretches,
        );
        const carryOver = carryOf({ mode: 'carry', basis: 'ngr' });
        const facts = { daysInMonth: 30, stretches };
        const [balance] = computeBalances([{ dealId: 'a', carryOver, facts, formerClosingMinor: 0 }]);
        const { closingMinor, payableMinor, earnings } = balance as MonthBalance;
        expect(payableMinor).toBe(closingMinor > 0 ? Math.max(0, earnings.earnedMinor) : 0);
      }),
    );
  });

  it('a pool makes and loses nothing, pays what is above zero of it all, and turns nobody’s sign', () => {
    fc.assert(
      fc.property(pool, (members) => {
        const balances = balancesOf(members, 'brand');
        expect(sum(balances.map(({ pooledMinor }) => pooledMinor))).toBe(0);
        const all = sum(balances.map(({ openingMinor, monthMinor }) => openingMinor + monthMinor));
        expect(sum(balances.map(({ payableMinor }) => payableMinor))).toBe(Math.max(0, all));
        for (const { openingMinor, monthMinor, closingMinor } of balances) {
          expect(closingMinor * (openingMinor + monthMinor)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
