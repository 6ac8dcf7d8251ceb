import { describe, expect, it } from 'vitest';
import { computeLiability, type PointsOfPart } from './compute-liability.ts';

const rule = (pointValueMinorUnits: number) => ({
  config: { conversionRate: 1, pointValueMinorUnits },
  currency: 'USD',
});
const parts: PointsOfPart[] = [
  { part: 'available', month: '2026-12', points: 100 },
  { part: 'pending', month: '2026-12', points: 7 },
  { part: 'available', month: '2027-01', points: 51 },
  { part: 'available', month: null, points: 9 },
  { part: 'held', month: null, points: 20 },
  { part: 'overdrawn', month: null, points: 30 },
];

describe('computeLiability', () => {
  it('adds up what customers hold, by the month it ends and the month it begins', () => {
    expect(computeLiability(parts, rule(1))).toEqual({
      currency: 'USD',
      pointValueMinorUnits: 1,
      outstanding: { points: 157, valueMinor: 157 },
      available: {
        points: 160,
        valueMinor: 160,
        byExpiry: [
          { month: '2026-12', points: 100, valueMinor: 100 },
          { month: '2027-01', points: 51, valueMinor: 51 },
          { month: null, points: 9, valueMinor: 9 },
        ],
      },
      held: { points: 20, valueMinor: 20 },
      pending: { points: 7, valueMinor: 7, byRelease: [{ month: '2026-12', points: 7, valueMinor: 7 }] },
      overdrawn: { points: 30, valueMinor: 30 },
    });
  });

  it('rounds the value of each figure down once: parts may be worth less than the whole', () => {
    const { available } = computeLiability(parts, rule(0.5));
    expect(available.valueMinor).toBe(80);
    expect(available.byExpiry.map(({ valueMinor }) => valueMinor)).toEqual([50, 25, 4]);
  });

  it.each([
    [0.1, 3, 0],
    [0.07, 100, 7],
    [1_000_000, 1, 1_000_000],
    [1_000_000, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('at %d a point, %d points are worth %d', (worth, points, expected) => {
    const { held } = computeLiability([{ part: 'held', month: null, points }], rule(worth));
    expect(held.valueMinor).toBe(expected);
  });

  it('without a rule knows no value', () => {
    const { currency, pointValueMinorUnits, outstanding } = computeLiability(parts, null);
    expect([currency, pointValueMinorUnits, outstanding]).toEqual([null, null, { points: 157, valueMinor: null }]);
  });

  it('of nothing is nothing', () => {
    expect(computeLiability([{ part: 'held', month: null, points: 0 }], rule(1))).toMatchObject({
      outstanding: { points: 0 },
      available: { byExpiry: [] },
      pending: { byRelease: [] },
    });
  });
});
