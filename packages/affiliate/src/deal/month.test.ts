import { expect, it } from 'vitest';
import { countDays, lastDayOf, monthsBetween, payableOn } from './month.ts';

it.each([
  ['A59', '2026-06', 30, '2026-07-30'],
  ['A59', '2026-06', 0, '2026-06-30'],
  ['A59, over a leap day', '2028-01', 30, '2028-03-01'],
])('%s: %s held for %i days is payable on %s', (_, month, holdDays, day) => {
  expect(payableOn(month, holdDays)).toBe(day);
});

it('months are counted over the turn of a year, and days over the end of a month', () => {
  expect(monthsBetween('2026-11', '2027-02')).toEqual(['2026-11', '2026-12', '2027-01', '2027-02']);
  expect(monthsBetween('2026-11', '2026-10')).toEqual([]);
  expect([lastDayOf('2027-02'), countDays('2027-02-27', '2027-03-01')]).toEqual(['2027-02-28', 3]);
});
