import type { SquareOrder } from './schemas.ts';

/** A line as the till rang it up. Amounts in minor units. */
export interface LineInput {
  name: string;
  /** Of one piece, without tax. */
  priceMinor: number;
  /** 1 unless told. */
  quantity?: number;
  /** Off the whole line. */
  discountMinor?: number;
  /** On the whole line, on top of its price. */
  taxMinor?: number;
  catalogObjectId?: string;
  variationName?: string;
}

/** What an order is made of, before it is written as Square writes it. */
export interface OrderRecord {
  readonly id: string;
  readonly locationId: string;
  readonly currency: string;
  readonly lines: readonly LineInput[];
  readonly tipMinor: number;
  readonly customerId: string | undefined;
  readonly state: SquareOrder['state'];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What the buyer owes for the lines: discounts off, tax on, no tip. */
export function orderTotalMinor(lines: readonly LineInput[]): number {
  return sum(lines, (line) => grossOf(line) - (line.discountMinor ?? 0) + (line.taxMinor ?? 0));
}

/** @see https://developer.squareup.com/reference/square/objects/Order */
export function orderOnWire(order: OrderRecord): SquareOrder {
  const money = (amount: number) => ({ amount, currency: order.currency });
  const { lines } = order;
  const taxMinor = sum(lines, (line) => line.taxMinor ?? 0);
  const discountMinor = sum(lines, (line) => line.discountMinor ?? 0);
  const totalMinor = orderTotalMinor(lines) + order.tipMinor;
  const adjustment = { type: 'FIXED_PERCENTAGE', scope: 'LINE_ITEM' };
  return {
    id: order.id,
    location_id: order.locationId,
    state: order.state,
    version: order.version,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
    ...(order.state !== 'OPEN' && { closed_at: order.updatedAt }),
    ...(order.customerId !== undefined && { customer_id: order.customerId }),
    line_items: lines.map((line, index) => lineOnWire(order, line, index)),
    ...(taxMinor > 0 && {
      taxes: [
        { uid: `${order.id}-tax`, name: 'Sales tax', ...adjustment, type: 'ADDITIVE', applied_money: money(taxMinor) },
      ],
    }),
    ...(discountMinor > 0 && {
      discounts: [
        {
          uid: `${order.id}-discount`,
          name: 'Discount',
          ...adjustment,
          type: 'FIXED_AMOUNT',
          amount_money: money(discountMinor),
          applied_money: money(discountMinor),
        },
      ],
    }),
    net_amounts: {
      total_money: money(totalMinor),
      tax_money: money(taxMinor),
      discount_money: money(discountMinor),
      tip_money: money(order.tipMinor),
      service_charge_money: money(0),
    },
    total_money: money(totalMinor),
    total_tax_money: money(taxMinor),
    total_discount_money: money(discountMinor),
    total_tip_money: money(order.tipMinor),
    total_service_charge_money: money(0),
  };
}

function lineOnWire(order: OrderRecord, line: LineInput, index: number): SquareOrder['line_items'][number] {
  const money = (amount: number) => ({ amount, currency: order.currency });
  const { taxMinor = 0, discountMinor = 0 } = line;
  const uid = `${order.id}-line-${index}`;
  return {
    uid,
    name: line.name,
    quantity: String(line.quantity ?? 1),
    item_type: line.catalogObjectId === undefined ? 'CUSTOM_AMOUNT' : 'ITEM',
    ...(line.catalogObjectId !== undefined && { catalog_object_id: line.catalogObjectId }),
    ...(line.variationName !== undefined && { variation_name: line.variationName }),
    base_price_money: money(line.priceMinor),
    gross_sales_money: money(grossOf(line)),
    variation_total_price_money: money(grossOf(line)),
    ...(taxMinor > 0 && {
      applied_taxes: [{ uid: `${uid}-tax`, tax_uid: `${order.id}-tax`, applied_money: money(taxMinor) }],
    }),
    ...(discountMinor > 0 && {
      applied_discounts: [
        { uid: `${uid}-discount`, discount_uid: `${order.id}-discount`, applied_money: money(discountMinor) },
      ],
    }),
    total_tax_money: money(taxMinor),
    total_discount_money: money(discountMinor),
    total_service_charge_money: money(0),
    total_money: money(grossOf(line) - discountMinor + taxMinor),
  };
}

function grossOf(line: LineInput): number {
  return line.priceMinor * (line.quantity ?? 1);
}

function sum<Item>(items: readonly Item[], amountOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + amountOf(item), 0);
}
