import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Counted, computeEarnings, type DealMonthFacts } from './compute-earnings.ts';
import { counted, monthOf, termsOf } from './terms.fixture.ts';

const earned = (facts: DealMonthFacts) => computeEarnings(facts).earnedMinor;

describe('whatever was counted', () => {
  const amount = fc.integer({ min: -500_000, max: 500_000 });
  const day: fc.Arbitrary<Counted> = fc.record({
    ftdCount: fc.integer({ min: -4, max: 12 }),
    ggrMinor: amount,
    ngrMinor: amount,
    depositsMinor: fc.integer({ min: 0, max: 100_000 }),
  });
  const bps = fc.integer({ min: 0, max: 10_000 });
  const rising = fc
    .uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 })
    .map((all) => all.toSorted((a, b) => a - b));
  const method = fc.constantFrom('whole' as const, 'marginal' as const);
  const terms = fc
    .record({
      steps: rising,
      bps,
      fee: bps,
      from: fc.constantFrom('network' as const, 'ggr' as const),
      method,
      flatMinor: bps,
      ftdPerMonth: fc.option(fc.integer({ min: 1, max: 40 })),
    })
    .map(({ steps, fee, from, ftdPerMonth, ...said }) => ({
      cpa: {
        amountMinor: said.bps,
        method: said.method,
        tiers: steps.map((step, at) => ({ anyOf: [{ minFtd: step }], amountMinor: said.bps + at })),
      },
      revenueShare: {
        shareBps: Math.min(said.bps, 5000),
        method: said.method,
        tiers: steps.map((step, at) => ({ anyOf: [{ minNgrMinor: step * 10_000 }], shareBps: 5000 + at * 700 })),
      },
      flatMinor: said.flatMinor,
      ngr: { from, adminFeeBps: fee, depositFeeBps: 300 },
      caps: { ftdPerMonth },
    }));
  const days = fc.array(day, { minLength: 1, maxLength: 30 });

  it('how a month is divided into days changes nothing, nor do terms that change to the same', () => {
    fc.assert(
      fc.property(terms, days, fc.nat(30), (said, all, at) => {
        const whole = computeEarnings(monthOf(said, ...all));
        const sum = counted();
        for (const one of all)
          for (const name of Object.keys(sum) as (keyof Counted)[]) sum[name] = (sum[name] ?? 0) + (one[name] ?? 0);
        expect(computeEarnings(monthOf(said, sum))).toEqual(whole);
        const stretches = [
          { terms: termsOf(said), days: at, counted: all.slice(0, at) },
          { terms: termsOf(said), days: 30 - at, counted: all.slice(at) },
        ];
        expect(computeEarnings({ stretches, daysInMonth: 30 })).toEqual(whole);
      }),
    );
  });

  it('is the sum of its parts', () => {
    fc.assert(
      fc.property(terms, days, (said, all) => {
        const { cpaMinor, revenueShareMinor, flatMinor, earnedMinor } = computeEarnings(monthOf(said, ...all));
        expect(cpaMinor + revenueShareMinor + flatMinor).toBe(earnedMinor);
      }),
    );
  });

  it('more never earns less, and marginal tiers that rise never more than the whole at the last rate', () => {
    fc.assert(
      fc.property(rising, bps, fc.nat(400_000), fc.nat(400_000), (steps, start, ngrMinor, more) => {
        const shareBps = Math.min(start, 5000);
        const tiers = steps.map((step, at) => ({
          anyOf: [{ minNgrMinor: step * 10_000 }],
          shareBps: shareBps + at * 700,
        }));
        const [whole, marginal] = (['whole', 'marginal'] as const).map(
          (each) => (ngr: number) =>
            earned(monthOf({ revenueShare: { shareBps, method: each, tiers } }, { ngrMinor: ngr })),
        ) as [(ngr: number) => number, (ngr: number) => number];
        expect(marginal(ngrMinor)).toBeLessThanOrEqual(whole(ngrMinor));
        expect(whole(ngrMinor + more)).toBeGreaterThanOrEqual(whole(ngrMinor));
        expect(marginal(ngrMinor + more)).toBeGreaterThanOrEqual(marginal(ngrMinor));
      }),
    );
  });
});
