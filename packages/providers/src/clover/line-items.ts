import type { LineItem } from '@tributary/core/facts';
import { divide } from '@tributary/core/money';
import * as z from 'zod';
import { identifier, minorUnits } from '../fields.ts';
import { listOf } from './list.ts';

/** `com.clover.sdk.v3.order.Discount`: an amount, a percentage, or both. */
const discount = z.looseObject({
  /** Negative. */
  amount: z.int().nonpositive().nullish(),
  percentage: z.int().min(0).max(100).nullish(),
  /** 12.5 % is 125000. Where both are told this is the exact one. */
  percentageDecimal: z.int().min(0).max(1_000_000).nullish(),
});
type Discount = z.output<typeof discount>;

/** What we read of `com.clover.sdk.v3.order.LineItem`. */
const line = z.looseObject({
  id: identifier,
  name: z.string().nullish(),
  itemCode: z.string().nullish(),
  /** Of one unit where there is a `unitQty`. */
  price: minorUnits.nullish(),
  /** In thousandths; only of what is sold by weight or measure. */
  unitQty: z.int().nonnegative().nullish(),
  exchanged: z.boolean().nullish(),
  isOrderFee: z.boolean().nullish(),
  modifications: listOf(z.looseObject({ amount: minorUnits.nullish() })).nullish(),
  discounts: listOf(discount).nullish(),
  // The SDK's line has tags; the REST reference does not list them, nor categories, among what can be expanded here.
  tags: listOf(z.looseObject({ name: z.string() }))
    .nullish()
    .catch(null),
});
type Line = z.output<typeof line>;
type PricedLine = Line & { price: number };

const linesOfOrder = z.looseObject({ lineItems: listOf(line), discounts: listOf(discount).nullish() });

/**
 * What an order sold, at what was paid for it: price x quantity + modifiers - the line's discounts - its part of the order's, as in
 * https://docs.clover.com/docs/calculating-order-totals and, where that is silent, as Clover's own `OrderCalc` reckons: percentages
 * are of the sum before any discount, each is rounded half up, and no discount takes more than there is.
 *
 * Refunded lines stay, since what they earned is taken back by the refund; exchanged ones and order fees are no part of the sale.
 *
 * Null when the lines were not told or one of them cannot be read. Leaving that one out would give its share of the payment to the
 * others, under their labels: without any lines the sale counts as one unlabelled line of the right amount.
 */
export function lineItemsOf(order: unknown): LineItem[] | null {
  const read = linesOfOrder.safeParse(order);
  if (!read.success) return null;
  const sold = read.data.lineItems.elements.filter(({ exchanged, isOrderFee }) => !exchanged && !isOrderFee);
  if (!sold.every(isPriced)) return null;
  const amounts = spread(sold.map(amountOf), read.data.discounts?.elements ?? []);
  // The sum too: no line of an order is worth more than what a payment can hold.
  if (sumOf(amounts) > Number.MAX_SAFE_INTEGER) return null;
  return sold.map((item, index) => toLineItem(item, Number(amounts[index])));
}

const isPriced = (item: Line): item is PricedLine => typeof item.price === 'number';

function amountOf({ price, unitQty, modifications, discounts }: PricedLine): bigint {
  const extended = divide(BigInt(price) * BigInt(unitQty ?? 1000), 1000n, 'round');
  const modifiers = (modifications?.elements ?? []).map(({ amount }) => BigInt(amount ?? 0));
  const full = extended + sumOf(modifiers);
  return full - discountOn(full, discounts?.elements ?? []);
}

function discountOn(full: bigint, discounts: readonly Discount[]): bigint {
  const given = discounts.map(({ amount, percentage, percentageDecimal }) => {
    const millionths = BigInt(percentageDecimal ?? (percentage ?? 0) * 10_000);
    return divide(full * millionths, 1_000_000n, 'round') - BigInt(amount ?? 0);
  });
  const total = sumOf(given);
  return total < full ? total : full;
}

/** Takes the order's discounts from its lines in proportion. Rounded so that nothing is lost: the lines add up to the discounted sum. */
function spread(amounts: readonly bigint[], discounts: readonly Discount[]): bigint[] {
  const full = sumOf(amounts);
  const total = discountOn(full, discounts);
  if (total === 0n) return [...amounts];
  let before = 0n;
  return amounts.map((amount) => {
    const takenBefore = (total * before) / full;
    before += amount;
    return amount - ((total * before) / full - takenBefore);
  });
}

function toLineItem({ id, name, itemCode, unitQty, tags }: PricedLine, amountMinor: number): LineItem {
  const sku = itemCode?.trim();
  const labels = (tags?.elements ?? []).map((tag) => tag.name.trim()).filter((label) => label !== '');
  return {
    externalId: id,
    name: name?.trim() ?? '',
    ...(sku && { sku }),
    ...(labels.length > 0 && { labels }),
    quantity: (unitQty ?? 1000) / 1000,
    amountMinor,
  };
}

const sumOf = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n);
