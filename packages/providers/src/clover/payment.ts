import { PermanentFailure } from '@tributary/core/errors';
import type { CustomerRef, Fact, PaymentFact, RefundFact } from '@tributary/core/facts';
import * as z from 'zod';
import { currency, customerRef, epochMs, identifier, minorUnits } from '../fields.ts';
import { lineItemsOf } from './line-items.ts';
import { listOf } from './list.ts';

const cloverCustomer = z.looseObject({
  id: z.string().nullish(),
  emailAddresses: listOf(z.looseObject({ emailAddress: z.string().nullish() })).nullish(),
  phoneNumbers: listOf(z.looseObject({ phoneNumber: z.string().nullish() })).nullish(),
});

const cloverRefund = z.looseObject({
  id: identifier,
  /** Tax and tip included. */
  amount: minorUnits,
  createdTime: epochMs.nullish(),
  /** SUCCESS, FAIL or PENDING; older records have none. */
  status: z.string().nullish(),
  voided: z.boolean().nullish(),
  deletedTime: z.int().nullish(),
});

/** The order of a payment; not expanded it is only `{ id }`. Its lines and discounts are read apart, and in no shape refuse a payment. */
const cloverOrder = z.looseObject({
  id: identifier,
  currency: currency.nullish(),
  customers: listOf(cloverCustomer).nullish(),
});

/**
 * What we read of `GET /v3/merchants/{mId}/payments/{id}?expand=refunds,order`. Amounts in minor units, times in Unix ms.
 * Fields as in `com.clover.sdk.v3.payments` of clover/clover-android-sdk.
 */
export const cloverPayment = z.looseObject({
  id: identifier,
  /** Tax included, tip not. */
  amount: minorUnits,
  tipAmount: minorUnits.nullish(),
  /** Part of `amount`. */
  taxAmount: minorUnits.nullish(),
  result: z.string(),
  createdTime: epochMs,
  modifiedTime: epochMs.nullish(),
  order: cloverOrder.nullish(),
  refunds: listOf(cloverRefund).nullish(),
});

export type CloverPayment = z.output<typeof cloverPayment>;
type CloverRefund = z.output<typeof cloverRefund>;

/**
 * VOIDING may still end either way, so nothing is earned on it; VOID_FAILED leaves the sale standing.
 * INITIATED, AUTH, PENDING, OFFLINE_RETRYING, DISCOUNT and words yet unknown are pending.
 */
const results = new Map<string, PaymentFact['status']>([
  ['SUCCESS', 'completed'],
  ['AUTH_COMPLETED', 'completed'],
  ['VOID_FAILED', 'completed'],
  ['FAIL', 'failed'],
  ['VOIDED', 'cancelled'],
]);

const refundStatuses = new Map<string, RefundFact['status']>([
  ['SUCCESS', 'completed'],
  ['FAIL', 'failed'],
]);

/**
 * The payment and then each of its refunds. A refund carries no time of change, so all are versioned by the payment.
 * @throws PermanentFailure `invalid_payload` when the order, and with it the currency, was not expanded.
 */
export function toFacts(payment: CloverPayment): Fact[] {
  return toFactsIn(null, payment);
}

/** `toFacts` with the merchant's currency, for a payment whose order is gone. */
export function toFactsIn(merchantCurrency: string | null, payment: CloverPayment): Fact[] {
  const code = payment.order?.currency?.toUpperCase() ?? merchantCurrency;
  if (!code) throw new PermanentFailure('invalid_payload', 'Clover payment does not fit: order.currency');
  const version = new Date(payment.modifiedTime ?? payment.createdTime);
  const refunds = (payment.refunds?.elements ?? []).map(
    (refund): RefundFact => ({
      kind: 'refund',
      provider: 'clover',
      externalId: refund.id,
      paymentExternalId: payment.id,
      status: refundStatus(refund),
      amountMinor: refund.amount,
      currency: code,
      version,
    }),
  );
  const completed = refunds.filter((refund) => refund.status === 'completed');
  const fact: PaymentFact = {
    kind: 'payment',
    provider: 'clover',
    externalId: payment.id,
    status: results.get(payment.result.toUpperCase()) ?? 'pending',
    amountMinor: payment.amount,
    tipMinor: payment.tipAmount ?? 0,
    taxMinor: payment.taxAmount ?? null,
    refundedMinor: completed.reduce((sum, refund) => sum + refund.amountMinor, 0),
    currency: code,
    customer: customerOf(payment),
    lineItems: lineItemsOf(payment.order),
    takenAt: new Date(payment.createdTime),
    version,
  };
  return [fact, ...refunds];
}

function refundStatus(refund: CloverRefund): RefundFact['status'] {
  if (refund.voided || refund.deletedTime) return 'rejected';
  if (!refund.status) return 'completed';
  return refundStatuses.get(refund.status.toUpperCase()) ?? 'pending';
}

function customerOf(payment: CloverPayment): CustomerRef | null {
  const customer = payment.order?.customers?.elements[0];
  if (!customer) return null;
  return customerRef({
    externalId: customer.id,
    email: customer.emailAddresses?.elements[0]?.emailAddress,
    mobile: customer.phoneNumbers?.elements[0]?.phoneNumber,
  });
}
