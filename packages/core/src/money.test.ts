import { describe, expect, it } from 'vitest';
import { currencyExponent, divide, toFraction } from './money.ts';

describe('money', () => {
  it.each([
    [7n, 2n, 'floor', 3n],
    [-7n, 2n, 'floor', -4n],
    [7n, 2n, 'ceil', 4n],
    [-7n, 2n, 'ceil', -3n],
    [7n, 2n, 'round', 4n],
    [-7n, 2n, 'round', -4n],
    [29n, 20n, 'round', 1n],
    [6n, 3n, 'ceil', 2n],
  ] as const)('%d / %d by %s is %d', (numerator, denominator, rounding, expected) => {
    expect(divide(numerator, denominator, rounding)).toBe(expected);
  });

  it.each([
    [1.25, 125n, 100n],
    [0.1, 1n, 10n],
    [3, 3n, 1n],
    [1e21, 10n ** 21n, 1n],
    [2.5e-7, 25n, 10n ** 8n],
  ])('reads %d as an exact fraction', (value, numerator, denominator) => {
    expect(toFraction(value)).toEqual({ numerator, denominator });
  });

  it('S1-144 knows currencies without minor units', () => {
    expect([currencyExponent('USD'), currencyExponent('JPY'), currencyExponent('KWD')]).toEqual([2, 0, 3]);
  });
});
