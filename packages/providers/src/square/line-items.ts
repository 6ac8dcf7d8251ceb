import type { LineItem } from '@tributary/core/facts';
import * as z from 'zod';
import { identifier } from '../fields.ts';
import { squareMoney } from './money.ts';

const appliedTax = z.looseObject({ tax_uid: z.string(), applied_money: squareMoney.nullish() });

/** What we read of an OrderLineItem (https://developer.squareup.com/reference/square/objects/OrderLineItem). */
const line = z.looseObject({
  uid: identifier,
  name: z.string().nullish(),
  /** Of the variation that was sold. */
  catalog_object_id: z.string().nullish(),
  quantity: z.string().regex(/^\d{1,12}(\.\d{1,5})?$/),
  applied_taxes: z.array(appliedTax).nullish(),
  total_money: squareMoney,
  total_tax_money: squareMoney.nullish(),
  total_service_charge_money: squareMoney.nullish(),
});
type Line = z.output<typeof line>;

const orderTax = z.looseObject({ uid: z.string().nullish(), type: z.string().nullish() });
const linesOfOrder = z.looseObject({ line_items: z.array(line), taxes: z.array(orderTax).nullish() });
type Taxes = readonly z.output<typeof orderTax>[];

/**
 * What an order sold, at what was paid for it: Square's own total of a line, which has its part of the order's discounts, without
 * tax that came on top and without service charges. Tax within the price stays, as in the price.
 *
 * The `sku` is the catalog's id of what was sold: an order has no other, and reading the catalog wants a scope of its own.
 *
 * Null when the lines were not told or one of them cannot be read: see `lineItemsOf` of Clover.
 */
export function lineItemsOf(order: unknown): LineItem[] | null {
  const read = linesOfOrder.safeParse(order);
  if (!read.success) return null;
  const { line_items: lines, taxes } = read.data;
  const amounts = lines.map((item) => amountOf(item, taxes ?? []));
  if (!amounts.every(isAmount)) return null;
  return lines.map((item, index) => toLineItem(item, amounts[index] as number));
}

const isAmount = (amount: number | null) => amount !== null && amount >= 0;

function amountOf(item: Line, taxes: Taxes): number | null {
  const addedTax = addedTaxOf(item, taxes);
  if (addedTax === null) return null;
  return item.total_money.amount - addedTax - (item.total_service_charge_money?.amount ?? 0);
}

/** Null when some of the order's taxes are in the price and some on top, and the line does not say which it has. */
function addedTaxOf({ applied_taxes: applied, total_tax_money: total }: Line, taxes: Taxes): number | null {
  const all = total?.amount ?? 0;
  const included = taxes.filter(({ type }) => type?.toUpperCase() === 'INCLUSIVE').map(({ uid }) => uid);
  if (all === 0 || included.length === 0) return all;
  if (included.length === taxes.length) return 0;
  if (!applied?.every(({ applied_money }) => applied_money)) return null;
  const added = applied.filter(({ tax_uid }) => !included.includes(tax_uid));
  return added.reduce((sum, { applied_money }) => sum + (applied_money?.amount ?? 0), 0);
}

function toLineItem({ uid, name, catalog_object_id: catalogId, quantity }: Line, amountMinor: number): LineItem {
  const sku = catalogId?.trim();
  return { externalId: uid, name: name?.trim() ?? '', ...(sku && { sku }), quantity: Number(quantity), amountMinor };
}
