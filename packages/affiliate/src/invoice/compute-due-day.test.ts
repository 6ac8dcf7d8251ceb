import { expect, it } from 'vitest';
import { computeDueDay } from './compute-due-day.ts';

it.each([
  ['2026-06-01', 'net30', '2026-07-30'],
  ['2026-06-01', 'net7', '2026-07-07'],
  ['2026-06-01', 'net15', '2026-07-15'],
  ['2026-06-01', 'net60', '2026-08-29'],
  ['2028-02-01', 'net7', '2028-03-07'],
  ['2026-12-01', 'net30', '2027-01-30'],
  ['2026-06-01', 'manual', null],
] as const)('A59 the invoice of %s with %s is due on %s', (month, terms, due) => {
  expect(computeDueDay(month, terms)).toBe(due);
});
