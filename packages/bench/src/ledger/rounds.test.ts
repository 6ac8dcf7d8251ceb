import { expect, it } from 'vitest';
import { inTurns, middlePair, type Pair } from './rounds.ts';

it.each<[string, Pair[], Pair]>([
  ['one round is its own middle', [[3, 2]], [3, 2]],
  [
    'the ratio decides, not the values',
    [
      [900, 100],
      [10, 1],
      [1, 100],
    ],
    [900, 100],
  ],
  ['nothing measured is not a number', [], [Number.NaN, Number.NaN]],
])('%s', (_, pairs, expected) => {
  expect(middlePair(pairs)).toEqual(expected);
});

it('every other round runs the other way about', () => {
  expect([0, 1, 2].map((round) => inTurns(['ours', 'baseline'], round))).toEqual([
    ['ours', 'baseline'],
    ['baseline', 'ours'],
    ['ours', 'baseline'],
  ]);
});
