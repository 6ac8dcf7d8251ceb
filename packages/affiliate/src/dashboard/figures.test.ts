import { describe, expect, it } from 'vitest';
import { computeComparison, computeFigures } from './figures.ts';
import { readPeriod } from './period.ts';

const period = readPeriod({ from: '2026-11-01', to: '2026-11-07' });

describe('figures', () => {
  it('are the sums, and the ratios of them', () => {
    expect(computeFigures([1200, 48, 12, 480_000, 96_500, 71_200, 21_360, 3])).toEqual({
      ...{ clicks: 1200, signups: 48, ftdCount: 12, depositsMinor: 480_000, ggrMinor: 96_500, ngrMinor: 71_200 },
      ...{ commissionMinor: 21_360, signupRate: 0.04, ftdRate: 0.25, epcMinor: 17.8, unconverted: 3 },
    });
  });

  it.each([
    ['without clicks', [0, 5, 1, 0, 0, 0, 9], { signupRate: null, ftdRate: 0.2, epcMinor: null }],
    ['without sign-ups', [5, 0, 1, 0, 0, 0, 9], { signupRate: 0, ftdRate: null, epcMinor: 1.8 }],
    ['of nothing', [], { clicks: 0, signupRate: null, ftdRate: null, epcMinor: null, unconverted: 0 }],
    ['to six decimals', [3, 1, 0, 0, 0, 0, -2], { signupRate: 0.333333, ftdRate: 0, epcMinor: -0.666667 }],
    ['beyond the safe integers', [1, 0, 0, 0, 1e18, -1e18, 0], { ggrMinor: 2 ** 53 - 1, ngrMinor: 1 - 2 ** 53 }],
  ])('%s', (_what, sums, expected) => {
    expect(computeFigures(sums)).toMatchObject(expected);
  });

  it.each([
    ['grew', 120, 100, { absolute: 20, percent: 20 }],
    ['shrank', 50, 100, { absolute: -50, percent: -50 }],
    ['began', 5, 0, { absolute: 5, percent: null }],
    ['stayed nothing', 0, 0, { absolute: 0, percent: null }],
    ['rose out of a loss', 50, -100, { absolute: 150, percent: 150 }],
    ['fell deeper', -150, -100, { absolute: -50, percent: -50 }],
    ['by thirds', 4, 3, { absolute: 1, percent: 33.33 }],
    ['by next to nothing', 999_999, 1_000_000, { absolute: -1, percent: 0 }],
  ])('compared: what %s', (_what, now, before, expected) => {
    const current = computeFigures([0, 0, 0, 0, 0, now, 0]);
    const compared = computeComparison(current, [0, 0, 0, 0, 0, before, 0], period);
    expect(compared.change.ngrMinor).toEqual(expected);
    expect(JSON.parse(JSON.stringify(compared))).toEqual(compared);
  });
});

describe('a period', () => {
  it.each([
    ['2026-11-01', '2026-11-07', 7, '2026-10-25', '2026-10-31'],
    ['2026-03-29', '2026-03-29', 1, '2026-03-28', '2026-03-28'],
    ['2024-02-01', '2024-03-01', 30, '2024-01-02', '2024-01-31'],
    ['2025-01-01', '2026-02-04', 400, '2023-11-28', '2024-12-31'],
  ])('from %s to %s has %i days, and before it as many', (from, to, days, before, until) => {
    expect(readPeriod({ from, to })).toEqual({ from, to, days, previous: { from: before, to: until } });
  });

  it.each([
    ['2026-11-02', '2026-11-01'],
    ['2025-01-01', '2026-02-05'],
  ])('from %s to %s is refused', (from, to) => {
    expect(() => readPeriod({ from, to })).toThrow(
      expect.objectContaining({ code: 'validation_failed', issues: [expect.objectContaining({ path: 'to' })] }),
    );
  });
});
