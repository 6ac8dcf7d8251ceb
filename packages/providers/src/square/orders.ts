import { PermanentFailure } from '@tributary/core/errors';
import type { ProviderCall, ProviderRequest } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { identifier } from '../fields.ts';
import { pathSegment } from '../path-segment.ts';
import { type SquarePayment, toFact } from './payment.ts';
import { saleOf } from './sale.ts';

/** Its lines and totals are read apart (`saleOf`), and in no shape refuse a payment. */
const squareOrder = z.looseObject({ id: identifier });
type SquareOrder = z.output<typeof squareOrder>;

export const singleOrder = z.looseObject({ order: squareOrder });
const severalOrders = z.looseObject({ orders: z.array(squareOrder).nullish() });

/** As many ids `POST /v2/orders/batch-retrieve` takes. */
export const maxOrders = 100;

/** Answers that would be the same next time: no such order, or no leave to read orders. */
const refusals = new Set<number | null>([400, 403, 404, 410]);

/**
 * A payment with what its order says. Without an order, or with one that cannot be read, it still counts: what was sold matters less
 * than that it was paid. @throws ProviderError when asking again may help
 */
export async function withOrder(call: ProviderCall, payment: SquarePayment) {
  const order = payment.order_id ? await orNone(readOrder(call, payment.order_id), null) : null;
  return toFact(payment, saleOf(payment, order));
}

/** `withOrder` for a page of payments: all orders in one request. */
export async function withOrders(call: ProviderCall, payments: readonly SquarePayment[]) {
  const ids = [...new Set(payments.flatMap(({ order_id: id }) => id || []))];
  const orders = new Map<string, SquareOrder>();
  for (let start = 0; start < ids.length; start += maxOrders) {
    const found = await orNone(readOrders(call, ids.slice(start, start + maxOrders)), []);
    for (const order of found) orders.set(order.id, order);
  }
  return payments.map((payment) => toFact(payment, saleOf(payment, orders.get(payment.order_id ?? ''))));
}

async function readOrder(call: ProviderCall, id: string): Promise<SquareOrder> {
  return (await call(singleOrderRequest(id), singleOrder)).order;
}

async function readOrders(call: ProviderCall, ids: readonly string[]): Promise<readonly SquareOrder[]> {
  return (await call(ordersRequest(ids), severalOrders)).orders ?? [];
}

/** @see https://developer.squareup.com/reference/square/orders-api/retrieve-order */
export function singleOrderRequest(id: string): ProviderRequest {
  return { path: `v2/orders/${pathSegment(id)}` };
}

/** Ids that name no order are passed over. @see https://developer.squareup.com/reference/square/orders-api/batch-retrieve-orders */
export function ordersRequest(ids: readonly string[]): ProviderRequest {
  return { method: 'POST', path: 'v2/orders/batch-retrieve', json: { order_ids: ids } };
}

async function orNone<Found, None>(found: Promise<Found>, none: None): Promise<Found | None> {
  return found.catch((error: unknown) => {
    const isRefused = error instanceof ProviderError && (error.kind === 'not_found' || refusals.has(error.status));
    // Nobody lets us ask: the merchant has to, and until then the sale counts without its lines.
    if (isRefused || error instanceof PermanentFailure) return none;
    throw error;
  });
}
