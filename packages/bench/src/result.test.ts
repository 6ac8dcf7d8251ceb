import { describe, expect, it } from 'vitest';
import { type CaseResult, judge, median } from './result.ts';

const measured = (change: Partial<CaseResult>): CaseResult => ({
  case: 'throughput',
  value: 60,
  unit: 'req/s',
  baseline: 100,
  bar: { atLeastRatio: 0.5 },
  ...change,
});

describe('a case', () => {
  it('is printed with its ratio, its bar and whether it was met', () => {
    expect(judge('receive', measured({}))).toEqual({
      bench: 'receive',
      case: 'throughput',
      value: 60,
      unit: 'req/s',
      baseline: 100,
      ratio: 0.6,
      bar: 0.5,
      ok: true,
    });
  });

  it.each<[string, Partial<CaseResult>, boolean | null]>([
    ['a ratio at its bar', { value: 50 }, true],
    ['a ratio that only rounding lifts to its bar', { value: 49.999_999 }, false],
    ['a ratio below its bar', { value: 20 }, false],
    ['a required ratio without a baseline', { baseline: null }, false],
    ['a baseline of zero', { baseline: 0 }, false],
    ['a ratio of nothing measured', { value: Number.NaN }, false],
    ['a value at its limit', { baseline: null, bar: { atMost: 60 } }, true],
    ['a value that only rounding lowers to its limit', { value: 60.000_001, bar: { atMost: 60 } }, false],
    ['a value above its limit', { value: 61, bar: { atMost: 60 } }, false],
    ['a limit of nothing measured', { value: Number.NaN, bar: { atMost: 60 } }, false],
    ['a value at what it must reach', { bar: { atLeast: 60 } }, true],
    ['a value that only rounding lifts to it', { value: 59.999_999, bar: { atLeast: 60 } }, false],
    ['a value below it', { value: 59, bar: { atLeast: 60 } }, false],
    ['nothing measured that must reach something', { value: Number.POSITIVE_INFINITY, bar: { atLeast: 60 } }, false],
    ['a case without a bar', { bar: null }, null],
  ])('%s: ok is what it should be', (_, change, ok) => {
    expect(judge('receive', measured(change)).ok).toBe(ok);
  });
});

it.each([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
  [[], Number.NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});
