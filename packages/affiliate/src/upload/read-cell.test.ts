import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { readAmount, readCount, readDay } from './read-cell.ts';
import { uploadFormat } from './upload-format.ts';

type Declared = z.input<typeof uploadFormat>;

describe('an amount', () => {
  it.each<[string, Declared, string, number]>([
    ['10.5', {}, 'EUR', 1050],
    ['-10.5', {}, 'EUR', -1050],
    ['', {}, 'EUR', 0],
    ['0.005', {}, 'EUR', 1],
    ['-0.005', {}, 'EUR', -1],
    ['0.0049999', {}, 'EUR', 0],
    ['1.005', {}, 'EUR', 101],
    ['10,5', { decimalMark: ',' }, 'EUR', 1050],
    ['1.234.567,89', { decimalMark: ',', groupMark: '.' }, 'EUR', 123_456_789],
    ["1'234.50", { groupMark: "'" }, 'EUR', 123_450],
    ['1234.50', { groupMark: ' ' }, 'EUR', 123_450],
    ['1000', {}, 'JPY', 1000],
    ['1.2345', {}, 'BHD', 1235],
  ])('of %j, declared as %j, in %s, is %i', (cell, declared, currency, value) => {
    expect(readAmount(cell, currency, uploadFormat.parse(declared))).toEqual({ value });
  });

  it.each<[Declared, string]>([
    [{}, '1,234.5'],
    [{ groupMark: ',' }, '1,23.5'],
    [{ groupMark: ',' }, '1234,567.5'],
    [{ groupMark: ',' }, ',234'],
    [{ groupMark: ',' }, '1.234,5'],
    [{}, '1.'],
    [{}, '.5'],
    [{}, '-'],
    [{}, '1.5.5'],
    [{}, '--1'],
    [{}, '+1'],
    [{}, '1e3'],
    [{}, '(5)'],
    [{}, '5%'],
    [{}, '\u20ac5'],
    [{ decimalMark: ',' }, '1.5'],
    [{}, '0x10'],
    [{}, '\u0661'],
  ])('declared as %j is not %j', (declared, cell) => {
    expect(readAmount(cell, 'EUR', uploadFormat.parse(declared))).toEqual({ code: 'invalid_amount' });
  });

  it('is no more than a day can have', () => {
    const format = uploadFormat.parse({});
    expect(readAmount('1000000000000.00', 'EUR', format)).toEqual({ value: 1e14 });
    expect(readAmount('1000000000000.01', 'EUR', format)).toEqual({ code: 'too_large' });
    expect(readAmount('-1000000000000.01', 'EUR', format)).toEqual({ code: 'too_large' });
  });
});

describe('a count', () => {
  it.each([
    ['7', { value: 7 }],
    ['-7', { value: -7 }],
    ['', { value: 0 }],
    ['1,200', { value: 1200 }],
    ['7.0', { code: 'invalid_count' }],
    ['7.5', { code: 'invalid_count' }],
    ['x', { code: 'invalid_count' }],
    ['100000000000001', { code: 'too_large' }],
  ])('of %j is %j', (cell, read) => {
    expect(readCount(cell, uploadFormat.parse({ groupMark: ',' }))).toEqual(read);
  });
});

describe('a day', () => {
  it.each([
    ['YYYY-MM-DD', '2026-06-01'],
    ['YYYYMMDD', '20260601'],
    ['DD/MM/YYYY', '01/06/2026'],
    ['MM/DD/YYYY', '6/1/2026'],
    ['DD.MM.YYYY', '1.6.2026'],
    ['DD-MM-YYYY', '01-06-2026'],
  ] as const)('as %s is read from %s', (dayFormat, cell) => {
    expect(readDay(cell, dayFormat)).toEqual({ value: '2026-06-01' });
  });

  it.each([
    ['YYYY-MM-DD', '2026-02-29'],
    ['YYYY-MM-DD', '2026-06-01T00:00:00Z'],
    ['YYYY-MM-DD', '2026-6-1'],
    ['YYYY-MM-DD', '01/06/2026'],
    ['YYYY-MM-DD', ''],
    ['YYYY-MM-DD', '1999-12-31'],
    ['YYYY-MM-DD', '2100-01-01'],
    ['MM/DD/YYYY', '13/01/2026'],
    ['DD/MM/YYYY', '01/13/2026'],
    ['DD.MM.YYYY', '0.6.2026'],
  ] as const)('as %s is not read from %j', (dayFormat, cell) => {
    expect(readDay(cell, dayFormat)).toEqual({ code: 'invalid_day' });
  });
});
