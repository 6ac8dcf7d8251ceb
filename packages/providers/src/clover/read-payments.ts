import type { ProviderCall } from '@tributary/core/provider-call';
import { pathSegment } from '../path-segment.ts';
import { expandedOrder, expandedPayment, orderFields, paymentFields } from './expanded.ts';
import { readLines, withLines } from './lines.ts';
import type { CloverPayment } from './payment.ts';

/**
 * The payment with its refunds, its order, who ordered and what. @throws ProviderError
 * @see https://docs.clover.com/dev/reference/paymentgetpayment
 */
export async function readPayment(call: ProviderCall, paymentId: string): Promise<CloverPayment> {
  const request = { path: `payments/${pathSegment(paymentId)}`, query: { expand: paymentFields } };
  const payment = await call(request, expandedPayment);
  return payment.order ? withLines(payment, await readLines(call, payment.order.id)) : payment;
}

/** Every payment of an order, each with its refunds and that order, as `readPayment` returns them. @throws ProviderError */
export async function readOrderPayments(call: ProviderCall, orderId: string): Promise<CloverPayment[]> {
  const request = { path: `orders/${pathSegment(orderId)}`, query: { expand: orderFields } };
  const { payments } = await call(request, expandedOrder);
  // Most orders are hinted at before anything is paid.
  if (payments.length === 0) return payments;
  const lines = await readLines(call, orderId);
  return payments.map((payment) => withLines(payment, lines));
}
