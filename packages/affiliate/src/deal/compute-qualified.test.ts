import { expect, it } from 'vitest';
import { countQualified, type PlayerRow } from './compute-qualified.ts';

const terms = { minDepositMinor: 2000, withinDays: 10, mustWager: true };
const player = (told: Partial<PlayerRow> & { deposit?: [day: string, amountMinor: number] }): PlayerRow => {
  const [day, amountMinor] = told.deposit ?? ['2026-06-10', 2000];
  return { registeredOn: '2026-06-01', deposits: [{ day, amountMinor }], wageredOn: '2026-06-11', ...told };
};

it.each<[string, PlayerRow, number]>([
  ['deposit on day 9 and wager on day 11: not in time', player({ wageredOn: '2026-06-12' }), 0],
  ['deposit on day 9 and wager on day 10: in time', player({}), 1],
  ['deposit on day 11', player({ deposit: ['2026-06-12', 2000] }), 0],
  ['too small a deposit', player({ deposit: ['2026-06-02', 1999] }), 0],
  ['no wager', player({ wageredOn: null }), 0],
  [
    'two deposits that are enough together',
    player({ deposits: [1, 2].map((day) => ({ day: `2026-06-0${day}`, amountMinor: 1000 })) }),
    1,
  ],
  ['no deposit at all', player({ deposits: [] }), 0],
])('A11: %s', (_, row, expected) => {
  expect(countQualified([row], terms)).toBe(expected);
});

it('A11: a wager counts for nothing where the terms ask for none', () => {
  expect(countQualified([player({ wageredOn: null })], { ...terms, mustWager: false })).toBe(1);
});
