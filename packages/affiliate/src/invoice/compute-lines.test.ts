import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeLines, type EarnedSlice, type InvoicedSlice, type InvoiceFacts, totalOf } from './compute-lines.ts';
import type { LineRow } from './invoice.sql.ts';

const slice = (month: string, commissionMinor: number, shareBps = 1000): EarnedSlice => ({
  ...{
    connectionId: 'c',
    brand: 'everflow',
    month: `${month}-01`,
    shareBps,
    cpaMinor: null,
    commissionMinor,
    ftdCount: 0,
  },
});
const before = (month: string, amountMinor: number): InvoicedSlice => ({
  ...{ connectionId: 'c', brand: 'everflow', month: `${month}-01`, amountMinor },
});
const compute = (facts: Partial<InvoiceFacts>) =>
  computeLines({ earned: [], invoiced: [], carriedMinor: 0, carriesNegative: true, ...facts });
const shortly = (lines: readonly LineRow[]) => lines.map(({ kind, amountMinor }) => [kind, amountMinor]);

describe('the lines of an invoice', () => {
  it('A35 a tenth of 0 in March and of 1,500 in April: 0 and 150', () => {
    const lines = compute({ earned: [slice('2026-03', 0), slice('2026-04', 150_000)] });
    expect(lines.map(({ month, amountMinor }) => [month, amountMinor])).toEqual([
      ['2026-03-01', 0],
      ['2026-04-01', 15_000],
    ]);
  });

  it('A35 are rounded one by one, and the total is their sum: not 2, but 3', () => {
    const earned = [slice('2026-03', 5), slice('2026-04', 5), slice('2026-05', 5)];
    expect(totalOf(compute({ earned }))).toBe(3);
  });

  it.each([
    ['A19', 3, 2000, 1],
    ['A19', 15, 1000, 2],
    ['A19', 1, 5000, 1],
    ['A20', 500, 290, 15],
    ['half away from zero, below it too', -15, 1000, -2],
    ['nothing left of a loss', -4, 1000, 0],
  ])('%s %i at %i hundredths of a percent is %i', (_case, commissionMinor, shareBps, amountMinor) => {
    const [line] = compute({ earned: [slice('2026-03', commissionMinor, shareBps)] });
    expect(line?.amountMinor).toBe(amountMinor);
  });

  it('A22 an amount for each first deposit, whatever the commission', () => {
    const earned = [{ ...slice('2026-03', 7), shareBps: null, cpaMinor: 500, ftdCount: 2 }];
    expect(compute({ earned })).toMatchObject([{ ftdCount: 2, cpaMinor: 500, basisMinor: null, amountMinor: 1000 }]);
  });

  it('A31 a refund of 200 in what was not invoiced yet: 600 becomes 400', () => {
    expect(totalOf(compute({ earned: [slice('2026-03', 600, 10_000)] }))).toBe(600);
    expect(totalOf(compute({ earned: [slice('2026-03', 400, 10_000)] }))).toBe(400);
  });

  it('A32 a refund after it was paid is netted by the next invoice', () => {
    const earned = [slice('2026-03', 400, 10_000), slice('2026-04', 1000, 10_000)];
    const lines = compute({ earned, invoiced: [before('2026-03', 600)] });
    expect(shortly(lines)).toEqual([
      ['adjustment', -200],
      ['commission', 1000],
    ]);
    expect(lines[0]).toMatchObject({ dueMinor: 400, invoicedMinor: 600 });
  });

  it('A34 of 1,000 and a refunded 100, at 80 %, of which 80 were paid, 720 are owed', () => {
    const earned = [slice('2026-03', 1000, 8000)];
    expect(totalOf(compute({ earned, invoiced: [before('2026-03', 80)] }))).toBe(720);
  });

  it('what vanished altogether is taken back', () => {
    expect(shortly(compute({ invoiced: [before('2026-03', 90)] }))).toEqual([
      ['adjustment', -90],
      ['carried_out', 90],
    ]);
  });

  it('a month of two rates is two lines, and one adjustment once it was invoiced', () => {
    const earned = [slice('2026-03', 1000, 3000), slice('2026-03', 1000, 1000)];
    expect(shortly(compute({ earned }))).toEqual([
      ['commission', 100],
      ['commission', 300],
    ]);
    expect(shortly(compute({ earned, invoiced: [before('2026-03', 350)] }))).toEqual([['adjustment', 50]]);
  });

  it.each([
    ['carried to the next', true, 'carried_out'],
    ['forgiven', false, 'waived'],
  ])('what is below zero is %s, and nothing is owed', (_what, carriesNegative, kind) => {
    const lines = compute({ earned: [slice('2026-03', -500)], carriesNegative });
    expect(shortly(lines)).toEqual([
      ['commission', -50],
      [kind, 50],
    ]);
    expect(totalOf(lines)).toBe(0);
  });

  it('what was carried lowers the next, and alone makes no invoice', () => {
    expect(shortly(compute({ earned: [slice('2026-04', 1000)], carriedMinor: 30 }))).toEqual([
      ['commission', 100],
      ['carried_in', -30],
    ]);
    expect(compute({ carriedMinor: 30 })).toEqual([]);
  });

  it('what was taken for an invoice that is void now is given back', () => {
    expect(shortly(compute({ carriedMinor: -30 }))).toEqual([['carried_in', 30]]);
  });

  it('without news there is nothing to say', () => {
    expect(compute({ earned: [slice('2026-03', 1000)], invoiced: [before('2026-03', 100)] })).toEqual([]);
  });

  it('whatever is restated between invoices: all of them together come to what the months come to in the end', () => {
    const months = ['2026-01', '2026-02', '2026-03'];
    const commission = fc.integer({ min: -100_000, max: 100_000 });
    const told = fc.array(commission, { minLength: months.length, maxLength: months.length });
    const sharing = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(told, sharing), { minLength: 1, maxLength: 6 }), (tellings) => {
        const invoiced = new Map<string, number>();
        let [owed, carriedMinor] = [0, 0];
        let due = 0;
        for (const [amounts, shareBps] of tellings) {
          const earned = months.map((month, index) => slice(month, amounts[index] as number, shareBps));
          const invoicedSlices = [...invoiced].map(([month, amount]) => before(month, amount));
          const lines = compute({ earned, invoiced: invoicedSlices, carriedMinor });
          for (const { month, amountMinor } of lines)
            if (month !== null) invoiced.set(month.slice(0, 7), (invoiced.get(month.slice(0, 7)) ?? 0) + amountMinor);
          const total = totalOf(lines);
          expect(total).toBeGreaterThanOrEqual(0);
          owed += total;
          carriedMinor += totalOf(lines.filter(({ kind }) => kind.startsWith('carried')));
          due = totalOf(compute({ earned, carriesNegative: true }).filter(({ kind }) => kind === 'commission'));
        }
        expect(owed - carriedMinor).toBe(due);
        expect(carriedMinor).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
