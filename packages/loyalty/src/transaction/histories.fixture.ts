import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import fc from 'fast-check';
import { later, payment, refund } from './facts.fixture.ts';

export type SaleFact = PaymentFact | RefundFact;

/** One or two sales, each with payment versions in time order and refunds of it in their states. */
export const historyOfSales = fc
  .array(
    fc.record({
      customer: fc.constantFrom(null, 'ann', 'bob'),
      amountMinor: fc.integer({ min: 1, max: 20_000 }),
      tipMinor: fc.constantFrom(0, 300),
      statuses: fc.constantFrom<PaymentFact['status'][]>(
        ['completed'],
        ['pending', 'completed'],
        ['pending', 'cancelled'],
        ['completed', 'completed'],
      ),
      refunds: fc.array(
        fc.record({
          share: fc.integer({ min: 1, max: 100 }),
          statuses: fc.constantFrom<RefundFact['status'][]>(
            ['completed'],
            ['pending', 'completed'],
            ['pending', 'rejected'],
          ),
        }),
        { maxLength: 3 },
      ),
      told: fc.boolean(),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((sales) => sales.flatMap(historyOfSale));

function historyOfSale(
  sale: {
    customer: string | null;
    amountMinor: number;
    tipMinor: number;
    statuses: PaymentFact['status'][];
    refunds: { share: number; statuses: RefundFact['status'][] }[];
    told: boolean;
  },
  index: number,
): SaleFact[] {
  const externalId = `pay-${index}`;
  const base = {
    externalId,
    amountMinor: sale.amountMinor,
    tipMinor: sale.tipMinor,
    customer: sale.customer === null ? null : { externalId: sale.customer },
  };
  const payments = sale.statuses.map((status, version) => payment({ ...base, status, version: later(version) }));
  const refunds = sale.refunds.flatMap(({ share, statuses }, number) =>
    statuses.map((status, version) =>
      refund({
        externalId: `ref-${index}-${number}`,
        paymentExternalId: externalId,
        status,
        amountMinor: Math.ceil((sale.amountMinor * share) / 100),
        version: later(10 + number * 2 + version),
      }),
    ),
  );
  const refundedMinor = sale.refunds.filter(({ statuses }) => statuses.includes('completed')).length * 10;
  const restated = sale.told
    ? [payment({ ...base, status: sale.statuses.at(-1) ?? 'completed', refundedMinor, version: later(30) })]
    : [];
  return [...payments, ...refunds, ...restated];
}

/** Every fact once or more, in any order, cut into batches of any size. */
export function shuffled(history: readonly SaleFact[], noise: fc.Stream<number>): SaleFact[][] {
  const draw = () => noise.next().value ?? 0;
  const copies = history.flatMap((fact) => Array.from({ length: 1 + (draw() % 3 === 0 ? 1 : 0) }, () => fact));
  const order = copies.map((fact) => ({ fact, rank: draw() })).sort((a, b) => a.rank - b.rank);
  const batches: SaleFact[][] = [[]];
  for (const { fact } of order) {
    batches.at(-1)?.push(fact);
    if (draw() % 3 === 0) batches.push([]);
  }
  return batches.filter((batch) => batch.length > 0);
}
