import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import * as z from 'zod';
import { pathSegment } from '../path-segment.ts';
import { withOrder } from './orders.ts';
import { squarePayment } from './payment.ts';
import * as refund from './refund.ts';

const singlePayment = z.looseObject({ payment: squarePayment });
const singleRefund = z.looseObject({ refund: refund.squareRefund });

/** A payment as it is now, with what its order says. @see https://developer.squareup.com/reference/square/payments-api/get-payment */
export async function readPayment(call: ProviderCall, id: string): Promise<PaymentFact> {
  const { payment } = await call({ path: `v2/payments/${pathSegment(id)}` }, singlePayment);
  return withOrder(call, payment);
}

/** Null for a refund of no payment. @see https://developer.squareup.com/reference/square/refunds-api/get-payment-refund */
export async function readRefund(call: ProviderCall, id: string): Promise<RefundFact | null> {
  const answer = await call({ path: `v2/refunds/${pathSegment(id)}` }, singleRefund);
  return refund.toFact(answer.refund);
}
