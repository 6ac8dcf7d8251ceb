import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import type { SaleLine } from './compute-lines.ts';
import { computeEarned } from './compute-points.ts';
import { ruleConfig } from './rule-config.ts';

type Config = Partial<z.input<typeof ruleConfig>>;
type Items = NonNullable<Config['items']>;

const red = { label: 'red' };
const blue = { label: 'blue' };
const orange = { label: 'orange' };
const delivery = { label: 'delivery' };
const times = (match: { label: string } | null, factor: number) => ({ match, factor });
const gives = (match: { sku: string } | null, points: number) => ({ match, points });
const earned = (lines: readonly SaleLine[] | null, config: Config, amountMinor?: number) =>
  computeEarned(
    {
      amountMinor: amountMinor ?? (lines ?? []).reduce((sum, line) => sum + line.amountMinor, 0),
      taxMinor: 0,
      pointsPaidMinor: 0,
      currency: 'USD',
      lines,
    },
    ruleConfig.parse({ conversionRate: 4, ...config }),
  );

/** Cases L10 to L26: $12, $100 and $40, together $152. */
const threeLines: readonly SaleLine[] = [
  { sku: '123', labels: ['red'], amountMinor: 1200 },
  { sku: '000', labels: ['blue'], amountMinor: 10_000 },
  { sku: '0001', labels: ['delivery'], amountMinor: 4000 },
];
const and10 = [{ conversionRate: 10 }];

describe('the lines of a sale', () => {
  it.each<[string, Items, Config['additionalRates'], number]>([
    ['L10 4 per unit', {}, [], 608],
    ['L11 without a product', { exclude: [{ sku: '000' }] }, [], 208],
    ['L12 without a label', { exclude: [red] }, [], 560],
    ['L13 with one label only', { include: [red] }, [], 48],
    ['L14 without two labels', { exclude: [red, delivery] }, [], 400],
    ['L16 two rates, which add up', {}, and10, 2128],
    ['L17 a bonus for a product', { bonuses: [gives({ sku: '123' }, 100)] }, [], 708],
    ['L18, L19 a label × 3', { multipliers: [times(red, 3)] }, [], 704],
    ['L20 two labels, each times its own', { multipliers: [times(red, 3), times(blue, 6)] }, [], 2704],
    ['L22 two labels × 0', { multipliers: [times(red, 0), times(blue, 0)] }, [], 160],
    ['L23 a label that no line has', { multipliers: [times(blue, 2), times(orange, 3)] }, [], 1008],
    [
      'L25 two rates, two multipliers, a bonus',
      { multipliers: [times(red, 3), times(blue, 5)], bonuses: [gives({ sku: '000' }, 200)] },
      and10,
      8264,
    ],
    ['L26 every line × 2', { multipliers: [times(null, 2)] }, [], 1216],
    ['two multipliers of one line, multiplied', { multipliers: [times(null, 2), times(red, 3)] }, [], 1408],
    ['excluded, though a multiplier names it', { exclude: [red], multipliers: [times(red, 3)] }, [], 560],
    ['excluded, though it is included', { include: [red, blue], exclude: [blue] }, [], 48],
    ['excluded under every rate', { exclude: [red, blue] }, and10, 560],
    ['a further rate for one label', {}, [{ conversionRate: 10, include: [red] }], 728],
    ['a further rate without one label', {}, [{ conversionRate: 10, exclude: [blue] }], 1128],
    ['nothing that earns', { include: [orange] }, [], 0],
    ['L5 10 for one label and 4 for the rest, by the difference', {}, [{ conversionRate: 6, include: [red] }], 680],
  ])('earn %s', (_case, items, additionalRates, expected) => {
    expect(earned(threeLines, { items, additionalRates })).toBe(expected);
  });

  const cup: SaleLine = { sku: 'cup', amountMinor: 500 };
  const bonuses = [gives({ sku: 'cup' }, 3), gives(null, 4), gives({ sku: 'mug' }, 5)];
  it.each<[string, readonly SaleLine[], Items, number]>([
    ['L2 5 points × 3', [cup], { multipliers: [times(null, 3)] }, 15],
    ['L4 5 points + 3', [cup], { bonuses: [gives(null, 3)] }, 8],
    ['a bonus once, though two lines match', [cup, cup], { bonuses: [gives({ sku: 'cup' }, 3)] }, 13],
    ['every bonus that matches', [cup, cup], { bonuses }, 17],
    ['L17 a bonus for what earns nothing else', [cup], { exclude: [{ sku: 'cup' }], bonuses }, 7],
    ['a bonus that is not multiplied', [cup], { multipliers: [times(null, 2)], bonuses: [gives(null, 3)] }, 13],
    ['no bonus for what is given back', [{ ...cup, amountMinor: -200 }, { amountMinor: 1200 }], { bonuses }, 14],
  ])('earn %s', (_case, given, items, expected) => {
    expect(earned(given, { conversionRate: 1, items })).toBe(expected);
  });

  it.each<[string, readonly SaleLine[] | null, Items, number]>([
    ['as one line when none are known', null, {}, 40],
    ['as one line when there are none', [], { multipliers: [times(null, 2)] }, 80],
    ['as one line when they cost nothing', [{ labels: ['red'], amountMinor: 0 }], { multipliers: [times(red, 2)] }, 40],
    ['nothing under a rule for some, when none are known', null, { include: [red] }, 0],
    ['the same when none are known and some are excluded', null, { exclude: [red] }, 40],
    [
      'by what was bought when one is given back',
      [
        { labels: ['red'], amountMinor: 2000 },
        { labels: ['blue'], amountMinor: -1000 },
      ],
      { multipliers: [times(red, 3)] },
      120,
    ],
  ])('count %s', (_what, lines, items, expected) => {
    expect(earned(lines, { items }, 1000)).toBe(expected);
  });

  it('share out what was paid when they cost something else: part of a split payment, tax on top', () => {
    const config = { items: { exclude: [blue] } };
    expect(earned(threeLines, config, 7600)).toBe(104);
    expect(earned(threeLines, config, 30_400)).toBe(416);
  });

  it('are rounded once, not line by line', () => {
    const thirds = [1, 2, 3].map(() => ({ amountMinor: 33 }));
    expect(earned(thirds, { conversionRate: 1 }, 100)).toBe(1);
    expect(earned(thirds, { conversionRate: 1, roundingPolicy: 'ceil' }, 100)).toBe(1);
  });
});

const line = fc.record({
  sku: fc.constantFrom('a', 'b', 'c'),
  labels: fc.subarray(['red', 'blue', 'orange']),
  amountMinor: fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
});
const lines = fc.array(line, { minLength: 1, maxLength: 8 });
const amount = fc.oneof(fc.nat(1_000_000), fc.nat(Number.MAX_SAFE_INTEGER));
const factor = fc.oneof(fc.constantFrom(0, 0.1, 1, 2.5), fc.double({ min: 0.000001, max: 1_000_000, noNaN: true }));
const match = fc.constantFrom({ label: 'red' }, { label: 'blue' }, { sku: 'a' }, null);
const multipliers = fc.array(fc.record({ match, factor }), { maxLength: 4 });
/** Too small for any sale to reach the largest safe integer. */
const modest = fc.array(fc.record({ match, factor: fc.double({ min: 0.1, max: 100, noNaN: true }) }), { maxLength: 4 });
const conversionRate = fc.double({ min: 0.001, max: 1_000_000, noNaN: true });
const roundingPolicy = fc.constantFrom('floor' as const, 'ceil' as const, 'round' as const);

describe('whatever the lines, the factors and the amounts', () => {
  it('points are whole, safe and not below zero', () => {
    fc.assert(
      fc.property(
        lines,
        amount,
        multipliers,
        conversionRate,
        roundingPolicy,
        (given, amountMinor, factors, rate, rounding) => {
          const config = { conversionRate: rate, roundingPolicy: rounding, items: { multipliers: factors } };
          const points = earned(given, config, amountMinor);
          expect(Number.isSafeInteger(points)).toBe(true);
          expect(points).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('lines that weigh the same do not matter', () => {
    fc.assert(
      fc.property(lines, amount, conversionRate, roundingPolicy, (given, amountMinor, rate, rounding) => {
        const config = { conversionRate: rate, roundingPolicy: rounding };
        expect(earned(given, config, amountMinor)).toBe(earned(null, config, amountMinor));
      }),
    );
  });

  it('neither their order nor how a line is cut in two matters', () => {
    fc.assert(
      fc.property(lines, fc.nat(), amount, multipliers, (given, at, amountMinor, factors) => {
        const config = { items: { multipliers: factors } };
        const [first, ...rest] = given as unknown as [SaleLine, ...SaleLine[]];
        const part = at % first.amountMinor;
        const cut = [...rest, { ...first, amountMinor: part }, { ...first, amountMinor: first.amountMinor - part }];
        expect(earned(cut.toReversed(), config, amountMinor)).toBe(earned(given, config, amountMinor));
      }),
    );
  });

  it('a sale earns between what its lightest and its heaviest line would earn alone', () => {
    fc.assert(
      fc.property(lines, amount, multipliers, (given, amountMinor, factors) => {
        const config = { items: { multipliers: factors } };
        const alone = given.map((one) => earned([one], config, amountMinor));
        const points = earned(given, config, amountMinor);
        expect(points).toBeGreaterThanOrEqual(Math.min(...alone));
        expect(points).toBeLessThanOrEqual(Math.max(...alone));
      }),
    );
  });

  it('a payment in parts earns no more than in one, and at most a point less for each part', () => {
    fc.assert(
      fc.property(
        lines,
        fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 6 }),
        modest,
        (given, parts, factors) => {
          const config = { conversionRate: 0.01, items: { multipliers: factors } };
          const inParts = parts.map((part) => earned(given, config, part)).reduce((sum, points) => sum + points, 0);
          const atOnce = earned(
            given,
            config,
            parts.reduce((sum, part) => sum + part, 0),
          );
          expect(inParts).toBeLessThanOrEqual(atOnce);
          expect(inParts).toBeGreaterThan(atOnce - parts.length);
        },
      ),
    );
  });
});
