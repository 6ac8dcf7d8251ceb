import { createHmac } from 'node:crypto';
import paymentCreated from './samples/payment.created.json' with { type: 'json' };
import paymentUpdated from './samples/payment.updated.json' with { type: 'json' };
import refundCreated from './samples/refund.created.json' with { type: 'json' };
import refundUpdated from './samples/refund.updated.json' with { type: 'json' };

interface SquareMoney {
  amount: number;
  currency: string;
}

/** A webhook event: its envelope, and the object it is about under its own name. */
export interface SquareEvent<Name extends string, Fields> {
  merchant_id: string;
  type: string;
  event_id: string;
  created_at: string;
  data: { type: Name; id: string; object: Record<Name, Fields> };
}

/** Times are RFC 3339 in UTC, amounts minor units. What is not given is as in Square's sample. */
export interface SquarePaymentInput {
  eventId: string;
  merchantId: string;
  paymentId: string;
  type?: 'payment.created' | 'payment.updated';
  status?: 'APPROVED' | 'PENDING' | 'COMPLETED' | 'CANCELED' | 'FAILED';
  /** Without tip. */
  amountMinor: number;
  tipMinor?: number;
  /** Refunded so far, tip included. */
  refundedMinor?: number;
  currency?: string;
  customerId?: string;
  buyerEmail?: string;
  createdAt: string;
  updatedAt?: string;
}

export interface SquareRefundInput {
  eventId: string;
  merchantId: string;
  refundId: string;
  paymentId: string;
  type?: 'refund.created' | 'refund.updated';
  status?: 'PENDING' | 'COMPLETED' | 'REJECTED' | 'FAILED';
  amountMinor: number;
  currency?: string;
  createdAt: string;
  updatedAt?: string;
}

/** A payment event: `payment.updated` of a completed payment unless told otherwise. */
export function squarePaymentEvent(input: SquarePaymentInput) {
  const {
    currency = 'USD',
    tipMinor = 0,
    refundedMinor = 0,
    status = 'COMPLETED',
    updatedAt = input.createdAt,
  } = input;
  const money = (amount: number): SquareMoney => ({ amount, currency });
  const isCaptured = status === 'COMPLETED';
  const sample = isCaptured ? paymentUpdated.data.object.payment : paymentCreated.data.object.payment;
  const payment = {
    ...structuredClone(sample),
    id: input.paymentId,
    status,
    amount_money: money(input.amountMinor),
    total_money: money(input.amountMinor + tipMinor),
    approved_money: money(input.amountMinor + tipMinor),
    ...(tipMinor > 0 && { tip_money: money(tipMinor) }),
    ...(refundedMinor > 0 && { refunded_money: money(refundedMinor) }),
    ...(input.customerId !== undefined && { customer_id: input.customerId }),
    ...(input.buyerEmail !== undefined && { buyer_email_address: input.buyerEmail }),
    created_at: input.createdAt,
    updated_at: updatedAt,
  };
  return toEvent('payment', input, input.type ?? 'payment.updated', updatedAt, payment);
}

/** A refund event: `refund.updated` of a completed refund unless told otherwise. */
export function squareRefundEvent(input: SquareRefundInput) {
  const { currency = 'USD', status = 'COMPLETED', updatedAt = input.createdAt } = input;
  const sample = status === 'COMPLETED' ? refundUpdated.data.object.refund : refundCreated.data.object.refund;
  const refund = {
    ...structuredClone(sample),
    id: input.refundId,
    payment_id: input.paymentId,
    status,
    amount_money: { amount: input.amountMinor, currency },
    created_at: input.createdAt,
    updated_at: updatedAt,
  };
  return toEvent('refund', input, input.type ?? 'refund.updated', updatedAt, refund);
}

/**
 * base64(HMAC-SHA256(key, notification URL + body)), over the bytes as they are sent.
 * @see https://developer.squareup.com/docs/webhooks/step3validate
 */
export function signSquare(key: string, notificationUrl: string, body: Uint8Array): string {
  return createHmac('sha256', key).update(notificationUrl).update(body).digest('base64');
}

/** Headers of a first delivery. `sentAt` is RFC 3339. */
export function squareHeaders(signature: string, sentAt: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-square-hmacsha256-signature': signature,
    'square-environment': 'Sandbox',
    'square-initial-delivery-timestamp': sentAt,
  };
}

function toEvent<Name extends 'payment' | 'refund', Fields extends { id: string }>(
  name: Name,
  { eventId, merchantId }: { eventId: string; merchantId: string },
  type: string,
  createdAt: string,
  fields: Fields,
): SquareEvent<Name, Fields> {
  return {
    merchant_id: merchantId,
    type,
    event_id: eventId,
    created_at: createdAt,
    data: { type: name, id: fields.id, object: { [name]: fields } as Record<Name, Fields> },
  };
}
