import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, toMinorUnits, wholeNumber } from './decimals.ts';

describe('an amount', () => {
  it.each([
    ['150.50', 'EUR', 15_050],
    [5.59, 'GBP', 559],
    [0.1 + 0.2, 'USD', 30],
    [1.005, 'USD', 101],
    ['-1.005', 'USD', -101],
    ['0.004', 'USD', 0],
    ['-0.5', 'JPY', -1],
    ['1200', 'JPY', 1200],
    ['1.2345', 'KWD', 1235],
    [1e-7, 'USD', 0],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
  ])('%s %s is %i minor units', (amount, currency, minor) => {
    expect(toMinorUnits(amount, currency)).toBe(minor);
  });

  it('reads the digits of any two-decimal number back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e13, max: 1e13 }), (minor) => {
        const digits = String(Math.abs(minor)).padStart(3, '0');
        const text = `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
        expect([toMinorUnits(text, 'USD'), toMinorUnits(Number(text), 'USD')]).toEqual([minor, minor]);
      }),
    );
  });

  it('that no number can hold is refused', () => {
    expect(() => toMinorUnits('90071992547409.92', 'USD')).toThrow(
      expect.objectContaining({ kind: 'invalid_response' }),
    );
  });

  it.each(['1,000.00', '1.000,00', '€5', '', ' 1', '1e3', 'NaN', '0x10'])('is not %j', (text) => {
    expect(decimal.safeParse(text).success).toBe(false);
  });

  it.each([
    [12, 12],
    ['12', 12],
    ['12.0', 12],
  ])('%j is a count of %i', (told, count) => {
    expect(wholeNumber.parse(told)).toBe(count);
  });

  it.each([1.5, '1.5', 'twelve', null])('%j is no count', (told) => {
    expect(wholeNumber.safeParse(told).success).toBe(false);
  });
});
