import type { PaymentFact, RefundFact } from '@tributary/core/facts';

/** When the sale of these facts was made. */
export const soldAt = new Date('2026-06-01T12:00:00Z');
export const later = (minutes: number) => new Date(soldAt.getTime() + minutes * 60_000);

/** A completed sale of $50 at Square, to a customer it calls ann. */
export const payment = (change: Partial<PaymentFact> = {}): PaymentFact => ({
  kind: 'payment',
  provider: 'square',
  externalId: 'pay-1',
  status: 'completed',
  amountMinor: 5000,
  tipMinor: 0,
  taxMinor: null,
  refundedMinor: 0,
  currency: 'USD',
  customer: { externalId: 'ann' },
  lineItems: null,
  takenAt: soldAt,
  version: later(1),
  ...change,
});

/** Half of that sale is given back. */
export const refund = (change: Partial<RefundFact> = {}): RefundFact => ({
  kind: 'refund',
  provider: 'square',
  externalId: 'ref-1',
  paymentExternalId: 'pay-1',
  status: 'completed',
  amountMinor: 2500,
  currency: 'USD',
  version: later(2),
  ...change,
});
