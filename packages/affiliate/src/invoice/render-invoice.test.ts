import { describe, expect, it } from 'vitest';
import type { LineRow } from './invoice.sql.ts';
import { textsOf } from './pdf-texts.fixture.ts';
import { showAmount, toPrintable } from './print-words.ts';
import { type PrintedInvoice, renderInvoice } from './render-invoice.ts';

const commission: LineRow = {
  ...{ position: 1, kind: 'commission', connectionId: 'c', brand: 'everflow', month: '2026-06-01' },
  ...{
    basisMinor: 1000,
    shareBps: 1250,
    ftdCount: null,
    cpaMinor: null,
    dueMinor: null,
    invoicedMinor: null,
    amountMinor: 125,
  },
};
const bare = { ...commission, basisMinor: null, shareBps: null };

const printed: PrintedInvoice = {
  invoice: {
    ...{
      status: 'issued',
      number: 42,
      issuedOn: '2026-07-01',
      dueOn: null,
      month: '2026-06-01',
      currency: 'JPY',
      totalMinor: 0,
    },
    ...{ issuedAt: new Date('2026-07-01T09:00:00Z'), computedAt: new Date('2026-07-01T08:00:00Z') },
  },
  ...{ lines: [commission], issuerName: 'Us', payeeName: 'Ann' },
};

const print = async (changes: Partial<PrintedInvoice>) => textsOf(await renderInvoice({ ...printed, ...changes }));

describe('a printed invoice', () => {
  it.each<[string, LineRow, string[]]>([
    ['a share', commission, ['Commission, everflow 2026-06', '1,000 JPY', '12.50 %', '125 JPY']],
    [
      'an amount for each first deposit',
      { ...bare, ftdCount: 2, cpaMinor: 50, amountMinor: 100 },
      ['First deposits, everflow 2026-06', '2', '50 JPY', '100 JPY'],
    ],
    [
      'an adjustment',
      { ...bare, kind: 'adjustment', dueMinor: 5, invoicedMinor: 25, amountMinor: -20 },
      ['Adjustment, everflow 2026-06', '5 JPY, less 25 JPY invoiced', '-20 JPY'],
    ],
    ['what was carried', { ...bare, kind: 'carried_in', amountMinor: -9 }, ['Carried from earlier invoices', '-9 JPY']],
    ['what is carried', { ...bare, kind: 'carried_out', amountMinor: 9 }, ['Carried to the next invoice', '9 JPY']],
    ['what is forgiven', { ...bare, kind: 'waived', amountMinor: 9 }, ['Forgiven, everflow 2026-06', '9 JPY']],
    [
      'what is forgiven no longer',
      { ...bare, kind: 'waived', amountMinor: -9 },
      ['Forgiven before, everflow 2026-06', '-9 JPY'],
    ],
    [
      'what is forgiven of earlier invoices',
      { ...bare, connectionId: null, brand: null, month: null, kind: 'waived', amountMinor: 9 },
      ['Forgiven', '9 JPY'],
    ],
  ])('has a line for %s', async (_what, line, expected) => {
    const texts = await print({ lines: [line] });
    const start = texts.indexOf('Amount') + 1;
    expect(texts.slice(start, texts.indexOf('Total'))).toEqual(expected);
  });

  it('goes on over as many pages as it needs, and loses no line', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => ({ ...commission, amountMinor: index + 1 }));
    const texts = await print({ lines });
    expect(texts.filter((text) => /^\d+ JPY$/.test(text)).slice(0, 200)).toEqual(
      lines.map(({ amountMinor }) => `${amountMinor} JPY`),
    );
    expect(texts).toContain('5 / 5');
  });

  it('prints any name, as far as its letters and the room go', async () => {
    const texts = await print({ payeeName: `Łukasz 東京 ${'x'.repeat(200)}`, issuerName: '\u{1F600}\n\0' });
    expect(texts.find((text) => text.startsWith('Lukasz ?? xxx'))).toMatch(/x…$/);
  });

  it.each<[string, Partial<LineRow>, string[]]>([
    [
      'an adjustment',
      { kind: 'adjustment', dueMinor: 123_456_789, invoicedMinor: 987_654_321 },
      ['1,234,567.89 EUR, less 9,876,543.21 EUR invoiced', '0.00 EUR'],
    ],
    [
      'a rate',
      { ftdCount: 9_999_999_999, cpaMinor: 1_000_000_000_000 },
      ['9999999999', '10,000,000,000.00 EUR', '0.00 EUR'],
    ],
    ['an amount', { kind: 'waived', amountMinor: -Number.MAX_SAFE_INTEGER }, ['-90,071,992,547,409.91 EUR']],
  ])('cuts no figure, however long: %s', async (_what, figures, expected) => {
    const invoice = { ...printed.invoice, currency: 'EUR', totalMinor: Number.MAX_SAFE_INTEGER };
    const texts = await print({ invoice, lines: [{ ...bare, amountMinor: 0, ...figures }] });
    const start = texts.indexOf('Amount') + 2;
    expect(texts.slice(start, start + expected.length)).toEqual(expected);
    expect(texts).toContain('90,071,992,547,409.91 EUR');
  });

  it('is the same from one moment to the next, and tells no time but that of the invoice', async () => {
    const bytes = await renderInvoice(printed);
    expect(await renderInvoice(structuredClone(printed))).toEqual(bytes);
    const times = Buffer.from(bytes)
      .toString('latin1')
      .match(/D:\d{14}/g);
    expect(times).toEqual(['D:20260701090000', 'D:20260701090000']);
  });
});

it.each([
  [0, 'EUR', '0.00 EUR'],
  [5, 'EUR', '0.05 EUR'],
  [-123_456_789, 'EUR', '-1,234,567.89 EUR'],
  [100, 'USD', '1.00 USD'],
  [1_000_000, 'JPY', '1,000,000 JPY'],
  [1234, 'KWD', '1.234 KWD'],
])('%i of %s is shown as %s', (minor, currency, shown) => {
  expect(showAmount(minor, currency)).toBe(shown);
});

it('a letter that cannot be printed loses its marks, or becomes a question mark', () => {
  const ascii = new Set(Array.from({ length: 95 }, (_, index) => index + 32));
  expect(toPrintable('Zażółć é Ł 東', ascii)).toBe('Zazolc e L ?');
});
