import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { computeTier, type HeldTier, tierFor } from './compute-tier.ts';
import { lifetimePoints } from './lifetime-points.ts';
import { metals, spentAndTier } from './metals.fixture.ts';
import { tierConfig } from './tier-config.ts';

const config = (change: Partial<z.input<typeof tierConfig>> = {}) =>
  tierConfig.parse({ basis: 'spend', periodMonths: 12, tiers: metals, downgrade: 'one_down', ...change });

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const now = day('2026-11-21');
const ayear = day('2027-11-21');
const held = (name: string, until: string | null): HeldTier => ({
  name,
  expiresAt: until === null ? null : day(until),
});
const result = (name: string, changed: 'up' | 'down' | null, expiresAt: Date | null) => ({ name, changed, expiresAt });

describe('tierFor', () => {
  it.each<readonly [number, number, string]>([...spentAndTier, [0, 9999, 'Bronze'], [0, 10_000, 'Silver']])(
    'L58 %d spent and %d now make %s',
    (spent, current, expected) => {
      expect(tierFor(spent + current, config())).toBe(expected);
    },
  );

  it('is the lowest for whoever gave back more than they bought', () => {
    expect(tierFor(-1, config())).toBe('Bronze');
  });
});

describe('computeTier', () => {
  it.each<[string, HeldTier | null, number, ReturnType<typeof result>]>([
    ['a newcomer starts with the lowest, which never ends', null, 0, result('Bronze', null, null)],
    ['a newcomer with a score rises at once', null, 25_000, result('Gold', 'up', ayear)],
    ['up at once, over two tiers', held('Bronze', null), 20_000, result('Gold', 'up', ayear)],
    ['up long before the tier ends', held('Silver', '2027-06-01'), 20_000, result('Gold', 'up', ayear)],
    [
      'a tier is kept until it ends, with no score at all',
      held('Gold', '2026-11-22'),
      0,
      result('Gold', null, day('2026-11-22')),
    ],
    ['and no longer, when there is no grace', held('Gold', '2026-11-21'), 0, result('Silver', 'down', ayear)],
    [
      'a tier that is still reached is not renewed before it ends',
      held('Gold', '2026-11-22'),
      30_000,
      result('Gold', null, day('2026-11-22')),
    ],
    ['and is renewed then', held('Gold', '2026-11-21'), 20_000, result('Gold', null, ayear)],
    ['a tier that never ends is kept', held('Gold', null), 0, result('Gold', null, null)],
    ['the lowest stays the lowest', held('Bronze', '2020-01-01'), 0, result('Bronze', null, null)],
    ['the lowest never ends, whatever was said of it', held('Bronze', '2027-01-01'), 0, result('Bronze', null, null)],
    [
      'from the second to the lowest, which never ends',
      held('Silver', '2026-01-01'),
      0,
      result('Bronze', 'down', null),
    ],
    ['a tier that was removed is no tier', held('Platinum', null), 12_000, result('Silver', 'up', ayear)],
  ])('%s', (_case, current, score, expected) => {
    expect(computeTier({ current, score, now }, config())).toEqual(expected);
  });

  it.each<['one_down' | 'balance_based', number, string]>([
    ['one_down', 0, 'Silver'],
    ['one_down', 15_000, 'Silver'],
    ['balance_based', 0, 'Bronze'],
    ['balance_based', 15_000, 'Silver'],
  ])('L61 %s with a score of %d falls from Gold to %s', (downgrade, score, expected) => {
    const current = held('Gold', '2026-11-01');
    expect(computeTier({ current, score, now }, config({ downgrade }))).toMatchObject({
      name: expected,
      changed: 'down',
    });
  });

  it.each([
    ['within grace', '2026-11-12', null, 'Gold'],
    ['as grace ends', '2026-11-11', 'down', 'Silver'],
  ])('%s of 10 days', (_when, until, changed, expected) => {
    const standing = { current: held('Gold', until), score: 0, now };
    expect(computeTier(standing, config({ graceDays: 10 }))).toMatchObject({ name: expected, changed });
  });

  it('within grace the tier is renewed by who reaches it again', () => {
    const standing = { current: held('Gold', '2026-11-12'), score: 20_000, now };
    expect(computeTier(standing, config({ graceDays: 10 }))).toEqual(result('Gold', null, ayear));
  });

  it('without a period nobody falls, though the tier had an end when it was reached', () => {
    const standing = { current: held('Gold', '2020-01-01'), score: 0, now };
    expect(computeTier(standing, config({ periodMonths: null }))).toEqual(result('Gold', null, null));
  });

  it('a month from the 31st ends on the last of a shorter month', () => {
    const standing = { current: null, score: 10_000, now: day('2026-01-31') };
    expect(computeTier(standing, config({ periodMonths: 1 })).expiresAt).toEqual(day('2026-02-28'));
  });
});

describe('tierConfig', () => {
  it.each<[string, Partial<z.input<typeof tierConfig>>, string]>([
    ['no tiers', { tiers: [] }, 'tiers'],
    ['a first threshold above 0', { tiers: [{ name: 'a', threshold: 1 }] }, 'tiers'],
    ['thresholds that fall', { tiers: [metals[0], metals[2], metals[1]] as typeof metals }, 'tiers'],
    ['a threshold twice', { tiers: [...metals, { name: 'Platinum', threshold: 20_000 }] }, 'tiers'],
    ['a name twice', { tiers: [...metals, { name: 'Gold', threshold: 30_000 }] }, 'tiers'],
    ['points of a period without one', { basis: 'period_points', periodMonths: null }, 'periodMonths'],
    ['a period of 0 months', { periodMonths: 0 }, 'periodMonths'],
  ])('refuses %s', (_what, change, path) => {
    const given = { basis: 'spend', periodMonths: 12, tiers: metals, downgrade: 'one_down', ...change };
    expect([...new Set(tierConfig.safeParse(given).error?.issues.map((issue) => issue.path.join('.')))]).toEqual([
      path,
    ]);
  });
});

const thresholds = fc.uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 6 });
const anyConfig = fc
  .record({
    thresholds,
    downgrade: fc.constantFrom('one_down' as const, 'balance_based' as const),
    periodMonths: fc.option(fc.integer({ min: 1, max: 120 })),
    graceDays: fc.nat(366),
  })
  .map(({ thresholds: above, ...rest }) => {
    const tiers = [0, ...above.sort((a, b) => a - b)].map((threshold, at) => ({ name: `tier ${at}`, threshold }));
    return tierConfig.parse({ basis: 'lifetime_points', tiers, ...rest });
  });
const instant = fc.date({ min: day('2012-01-01'), max: day('2099-12-31'), noInvalidDate: true });
const score = fc.integer({ min: -1000, max: 1_100_000 });

describe('whatever the tiers, the score and the day', () => {
  it('nobody is below the tier of their score, and falls no lower in a step than the policy says', () => {
    fc.assert(
      fc.property(anyConfig, fc.nat(6), fc.option(instant), score, instant, (given, at, expiresAt, points, today) => {
        const from = at % given.tiers.length;
        const current = { name: `tier ${from}`, expiresAt };
        const next = computeTier({ current, score: points, now: today }, given);
        const rank = (name: string) => given.tiers.findIndex((tier) => tier.name === name);
        expect(rank(next.name)).toBeGreaterThanOrEqual(rank(tierFor(points, given)));
        if (given.downgrade === 'one_down') expect(rank(next.name)).toBeGreaterThanOrEqual(from - 1);
        expect(next.changed).toBe([null, 'up', 'down'].at(Math.sign(rank(next.name) - from)));
        if (next.changed !== null && next.expiresAt) expect(next.expiresAt.getTime()).toBeGreaterThan(today.getTime());
      }),
    );
  });

  it('asked again at once, the answer is the same and nothing changes', () => {
    fc.assert(
      fc.property(anyConfig, score, instant, (given, points, today) => {
        const first = computeTier({ current: null, score: points, now: today }, given);
        expect(computeTier({ current: first, score: points, now: today }, given)).toEqual({ ...first, changed: null });
      }),
    );
  });
});

describe('lifetimePoints', () => {
  /** Where the points of a step go: to or from pending, active, and all that a customer ever got. */
  const effects = {
    earn: { pending: 1, active: 0, lifetime: 1 },
    activate: { pending: -1, active: 1, lifetime: 0 },
    adjust: { pending: 0, active: 1, lifetime: 1 },
    redeem: { pending: 0, active: -1, lifetime: 0 },
    expire: { pending: 0, active: -1, lifetime: 0 },
    clawback: { pending: 0, active: -1, lifetime: -1 },
  };
  const kind = fc.constantFrom(...(Object.keys(effects) as (keyof typeof effects)[]));
  const step = fc.record({ kind, points: fc.integer({ min: 1, max: 1000 }) });

  it('L59 is what is active, pending, redeemed and expired; of what leaves a wallet only a clawback lowers it', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const sums = { earn: 0, activate: 0, adjust: 0, redeem: 0, expire: 0, clawback: 0 };
        let [pending, active, before] = [0, 0, 0];
        for (const { kind, points } of steps) {
          const effect = effects[kind];
          const there = effect.pending < 0 ? pending : effect.active < 0 ? active : points;
          const moved = Math.min(points, there);
          sums[kind] += moved;
          pending += effect.pending * moved;
          active += effect.active * moved;
          const lifetime = lifetimePoints({ earned: sums.earn, adjustedUp: sums.adjust, clawedBack: sums.clawback });
          expect(lifetime).toBe(active + pending + sums.redeem + sums.expire);
          expect(lifetime).toBe(before + effect.lifetime * moved);
          before = lifetime;
        }
      }),
    );
  });
});
