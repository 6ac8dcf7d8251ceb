import type { RefundFact } from '@tributary/core/facts';
import * as z from 'zod';
import { identifier, timestamp } from '../fields.ts';
import { squareMoney } from './money.ts';

/**
 * What we read of a PaymentRefund (https://developer.squareup.com/reference/square/objects/PaymentRefund).
 * `version` appears in webhooks only and is not documented, so `updated_at` orders the versions.
 */
export const squareRefund = z.looseObject({
  id: identifier,
  status: z.string().nullish(),
  payment_id: identifier.nullish(),
  amount_money: squareMoney,
  created_at: timestamp,
  updated_at: timestamp.nullish(),
});

export type SquareRefund = z.output<typeof squareRefund>;

const statuses = new Map<string, RefundFact['status']>([
  ['PENDING', 'pending'],
  ['COMPLETED', 'completed'],
  ['REJECTED', 'rejected'],
  ['FAILED', 'failed'],
]);

/** Null for an unlinked refund: it gives back no payment that Square knows. */
export function toFact(refund: SquareRefund): RefundFact | null {
  if (!refund.payment_id) return null;
  return {
    kind: 'refund',
    provider: 'square',
    externalId: refund.id,
    paymentExternalId: refund.payment_id,
    status: statuses.get(refund.status?.toUpperCase() ?? '') ?? 'pending',
    amountMinor: refund.amount_money.amount,
    currency: refund.amount_money.currency.toUpperCase(),
    version: new Date(refund.updated_at ?? refund.created_at),
  };
}
