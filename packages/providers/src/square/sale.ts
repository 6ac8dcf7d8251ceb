import type { PaymentFact } from '@tributary/core/facts';
import { divide } from '@tributary/core/money';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { lineItemsOf } from './line-items.ts';
import { squareMoney } from './money.ts';
import type { SquarePayment } from './payment.ts';

const totals = z.looseObject({
  total_money: squareMoney,
  total_tax_money: squareMoney,
  total_tip_money: squareMoney.nullish(),
});
const priced = z.looseObject({ total_money: z.looseObject({ currency: z.string() }) });

/** What only a payment's order knows. */
export type Sale = Pick<PaymentFact, 'lineItems' | 'taxMinor'>;

/**
 * What an order says of one of its payments; in no shape does it refuse the payment. A payment of part of the order has that part of
 * its tax, half a minor unit as one.
 * @throws ProviderError `invalid_response` when they are in different currencies: one of the two answers is wrong
 */
export function saleOf({ amount_money: paid }: SquarePayment, order: unknown): Sale {
  const currency = priced.safeParse(order).data?.total_money.currency;
  if (currency !== undefined && currency.toUpperCase() !== paid.currency.toUpperCase())
    throw new ProviderError('invalid_response', 'Square has a payment and its order in different currencies');
  return { lineItems: lineItemsOf(order), taxMinor: taxOf(paid.amount, order) };
}

function taxOf(paidMinor: number, order: unknown): number | null {
  const read = totals.safeParse(order);
  if (!read.success) return null;
  const { total_money: total, total_tax_money: tax, total_tip_money: tip } = read.data;
  const owedMinor = total.amount - (tip?.amount ?? 0);
  if (owedMinor <= 0) return null;
  const share = Number(divide(BigInt(tax.amount) * BigInt(paidMinor), BigInt(owedMinor), 'round'));
  return Math.min(share, paidMinor);
}
