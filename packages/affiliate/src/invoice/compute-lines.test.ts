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
const before = (month: string, amountMinor: number, waivedMinor = 0): InvoicedSlice => ({
  ...{ connectionId: 'c', brand: 'everflow', month: `${month}-01`, amountMinor, waivedMinor },
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

  it.each([
    [
      'comes back, as far as it does',
      -50,
      [
        ['adjustment', 40],
        ['waived', -40],
      ],
    ],
    [
      'comes back and more: what is more is owed',
      30,
      [
        ['adjustment', 120],
        ['waived', -90],
      ],
    ],
    [
      'grows',
      -100,
      [
        ['adjustment', -10],
        ['waived', 10],
      ],
    ],
    ['stays', -90, []],
  ])('a loss that was forgiven and %s', (_what, commissionMinor, expected) => {
    const earned = [slice('2026-03', commissionMinor, 10_000)];
    const invoiced = [before('2026-03', -90, 90)];
    expect(shortly(compute({ earned, invoiced, carriesNegative: false }))).toEqual(expected);
  });

  it('is forgiven month by month, and of another month nothing comes back', () => {
    const earned = [slice('2026-03', -50, 10_000), slice('2026-04', 20, 10_000), slice('2026-05', -30, 10_000)];
    const lines = compute({ earned, carriesNegative: false });
    expect(shortly(lines.filter(({ kind }) => kind === 'waived'))).toEqual([
      ['waived', 50],
      ['waived', 10],
    ]);
    expect(lines.at(-1)).toMatchObject({ month: '2026-05-01', connectionId: 'c', brand: 'everflow' });
    const invoiced = [before('2026-03', -50, 50), before('2026-04', 20), before('2026-05', -30, 10)];
    const later = [slice('2026-03', -50, 10_000), slice('2026-04', 25, 10_000), slice('2026-05', -30, 10_000)];
    expect(shortly(compute({ earned: later, invoiced, carriesNegative: false }))).toEqual([['adjustment', 5]]);
  });

  it('what was taken back of an invoice that is void now is forgiven again', () => {
    const invoiced = [before('2026-03', 190, -90)];
    const earned = [slice('2026-03', 100, 10_000), slice('2026-04', 200, 10_000)];
    expect(shortly(compute({ earned, invoiced, carriesNegative: false }))).toEqual([
      ['adjustment', -90],
      ['commission', 200],
      ['waived', 90],
    ]);
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

  const months = ['2026-01', '2026-02', '2026-03'];
  const telling = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 3 });
  const sharing = fc.integer({ min: 0, max: 10_000 });
  const earnedOf = (amounts: readonly number[], shareBps: number) =>
    months.map((month, index) => slice(month, amounts[index] as number, shareBps));

  /** Invoices of which any may be void by now, and what is said of months and carried by the others. */
  class Billed {
    readonly #invoices: { lines: readonly LineRow[]; isVoid: boolean }[] = [];

    get lines(): LineRow[] {
      return this.#invoices.flatMap(({ lines, isVoid }) => (isVoid ? [] : lines));
    }

    add(earned: readonly EarnedSlice[], carriesNegative: boolean): readonly LineRow[] {
      const ofMonths = Map.groupBy(
        this.lines.filter(({ month }) => month !== null),
        ({ month }) => month?.slice(0, 7) as string,
      );
      const invoiced = [...ofMonths].map(([month, own]) =>
        before(month, totalOf(own.filter(({ kind }) => kind !== 'waived')), this.waived(own)),
      );
      const carriedMinor = totalOf(this.lines.filter(({ kind }) => kind.startsWith('carried')));
      const lines = compute({ earned, invoiced, carriedMinor, carriesNegative });
      this.#invoices.push({ lines, isVoid: false });
      return lines;
    }

    void(index: number): void {
      const invoice = this.#invoices[index];
      if (invoice) invoice.isVoid = true;
    }

    waived(lines: readonly LineRow[] = this.lines): number {
      return totalOf(lines.filter(({ kind }) => kind === 'waived'));
    }
  }

  it('whatever is restated and voided between invoices: all of them together come to what the months come to in the end', () => {
    const step = fc.record({ amounts: telling, shareBps: sharing, voids: fc.option(fc.nat({ max: 5 }), { nil: -1 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), fc.boolean(), (steps, carriesNegative) => {
        const billed = new Billed();
        for (const { amounts, shareBps, voids } of steps) {
          billed.void(voids);
          const earned = earnedOf(amounts, shareBps);
          expect(totalOf(billed.add(earned, carriesNegative))).toBeGreaterThanOrEqual(0);
          const carried = totalOf(billed.lines.filter(({ kind }) => kind.startsWith('carried')));
          const due = totalOf(compute({ earned }).filter(({ kind }) => kind === 'commission'));
          expect(totalOf(billed.lines) - carried - billed.waived()).toBe(due);
          expect(carried).toBeGreaterThanOrEqual(0);
          expect(billed.waived()).toBeGreaterThanOrEqual(0);
          expect(billed.add(earned, carriesNegative)).toEqual([]);
        }
      }),
    );
  });

  it('what a network takes away and gives back is owed once, whether losses are carried or forgiven', () => {
    fc.assert(
      fc.property(fc.array(telling, { minLength: 1, maxLength: 6 }), fc.boolean(), (tellings, carriesNegative) => {
        const billed = new Billed();
        for (const amounts of tellings) billed.add(earnedOf(amounts, 10_000), carriesNegative);
        const best = months.map((_, index) => Math.max(0, ...tellings.map((amounts) => amounts[index] as number)));
        billed.add(earnedOf(best, 10_000), carriesNegative);
        expect(totalOf(billed.lines)).toBe(totalOf(best.map((amountMinor) => ({ amountMinor }))));
      }),
    );
  });
});
