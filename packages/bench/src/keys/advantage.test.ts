import fc from 'fast-check';
import { expect, it } from 'vitest';
import { advantage } from './advantage.ts';

it.each([
  ['nothing, of two that are alike', [1, 2, 3], [1, 2, 3], 0.5],
  ['all, of two that are apart', [1, 2, 3], [4, 5, 6], 1],
  ['all, the other way about', [4, 5, 6], [1, 2, 3], 1],
  ['three of four, of two that overlap', [1, 3], [2, 4], 0.75],
  ['half of the ties', [1, 1], [1, 2], 0.75],
])('tells %s', (_what, one, other, told) => {
  expect(advantage(one, other)).toBe(told);
});

it('is the share of pairs in which the larger is of the same sample, ties counting half', () => {
  const samples = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(samples, samples, (one, other) => {
      const pairs = one.flatMap((a) => other.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
      const share = pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
      expect(advantage(one, other)).toBeCloseTo(Math.max(share, 1 - share), 10);
    }),
  );
});
