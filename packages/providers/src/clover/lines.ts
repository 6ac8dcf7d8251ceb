import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError, type ProviderErrorKind } from '@tributary/core/provider-error';
import * as z from 'zod';
import { identifier } from '../fields.ts';
import { pathSegment } from '../path-segment.ts';
import { changedIn, type Span } from './changes.ts';
import { lineFields } from './expanded.ts';
import { listOf } from './list.ts';
import type { CloverPayment } from './payment.ts';

/** Of any shape: whether they can be read is for `lineItemsOf` to say. */
const orderLines = z.looseObject({}).transform(toLines);
export type OrderLines = Partial<z.output<typeof orderLines>>;

function toLines({ currency, lineItems, discounts }: Record<string, unknown>) {
  return { currency, lineItems, discounts };
}

/** Answers that would be the same next time: no such order, or one that cannot be asked for so. */
const refusals = new Set<number | null>([400, 404, 410]);

/** None when there is no such order: what was sold matters less than that it was paid. @throws ProviderError when asking again may help */
export async function readLines(call: ProviderCall, orderId: string): Promise<OrderLines> {
  try {
    return await call({ path: `orders/${pathSegment(orderId)}`, query: { expand: lineFields } }, orderLines);
  } catch (error) {
    const isFinal = error instanceof ProviderError && (error.kind === 'not_found' || refusals.has(error.status));
    if (isFinal) return {};
    throw error;
  }
}

interface Page {
  /** Around the times at which the orders changed. */
  span: Span;
  pageSize: number;
}

/** Fewer orders are asked for one by one. */
const worthAList = 3;

/**
 * The lines of several orders. Most of what changed about the same time is in one list; the rest is asked for one by one.
 * @throws ProviderError when asking again may help
 */
export async function readLinesOf(
  call: ProviderCall,
  orderIds: readonly string[],
  page: Page,
): Promise<ReadonlyMap<string, OrderLines>> {
  const ids = [...new Set(orderIds)];
  const listed = ids.length < worthAList ? [] : await listLines(call, page);
  const lines = new Map<string, OrderLines>(listed.map((order) => [order.id, order]));
  for (const id of ids) if (!lines.has(id)) lines.set(id, await readLines(call, id));
  return lines;
}

const listedLines = listOf(
  z.looseObject({ id: identifier }).transform((order) => ({ ...toLines(order), id: order.id })),
);

const unlisted: ReadonlySet<ProviderErrorKind> = new Set(['not_found', 'invalid_response']);

/** It only saves requests: without it the orders are asked for one by one. */
async function listLines(call: ProviderCall, { span, pageSize }: Page) {
  const query = { ...changedIn(span), expand: lineFields, limit: String(pageSize), offset: '0' };
  try {
    return (await call({ path: 'orders', query }, listedLines)).elements;
  } catch (error) {
    if (error instanceof ProviderError && unlisted.has(error.kind)) return [];
    throw error;
  }
}

/** @throws ProviderError `invalid_response` when the order is in different currencies here and there: one of the answers is wrong */
export function withLines(payment: CloverPayment, { currency, lineItems, discounts }: OrderLines): CloverPayment {
  const { order } = payment;
  if (!order) return payment;
  const differs =
    typeof currency === 'string' && order.currency && currency.toUpperCase() !== order.currency.toUpperCase();
  if (differs) throw new ProviderError('invalid_response', 'Clover has an order in two currencies');
  return { ...payment, order: { ...order, lineItems, discounts } };
}
