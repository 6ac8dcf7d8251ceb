import { later } from '../kernel/timeline.ts';
import { type Account, find, nextVersionAt } from './account.ts';
import { newRefund } from './objects.ts';
import { savePayment } from './sale.ts';
import type { SquareRefund } from './schemas.ts';

export interface RefundInput {
  paymentId: string;
  /** All that is left unless told, tip included. */
  amountMinor?: number;
  /** COMPLETED unless told. */
  status?: SquareRefund['status'];
  reason?: string;
}

/** Refunds a payment: `refund.created`, and what settling it brings. */
export function refundPayment(account: Account, input: RefundInput): SquareRefund {
  const { context, refunds, lists } = account;
  const payment = find(account.payments, input.paymentId);
  const { status = 'COMPLETED', reason = 'Returned goods' } = input;
  const isSettled = status !== 'PENDING';
  const at = later(context.timeline, isSettled ? -1 : 0).toISOString();
  const refund = newRefund({
    id: `${payment.id}_${context.random.text(43)}`,
    payment,
    status: 'PENDING',
    amountMinor: input.amountMinor ?? payment.total_money.amount - (payment.refunded_money?.amount ?? 0),
    reason,
    createdAt: at,
    updatedAt: at,
  });
  refunds.set(refund.id, refund);
  context.notify(account.id, 'refund.created', 'refund', refund.id, refund);
  if (isSettled) return settleRefund(account, refund.id, status);
  lists.refunds.put(refund);
  return refund;
}

/** Completes, rejects or fails a refund: `refund.updated`, and `payment.updated` when money went back. */
export function settleRefund(account: Account, id: string, status: SquareRefund['status']): SquareRefund {
  const before = find(account.refunds, id);
  const refund = saveRefund(account, before, { status });
  if (status !== 'COMPLETED' || before.status === 'COMPLETED') return refund;
  const payment = find(account.payments, refund.payment_id);
  const refundedMinor = (payment.refunded_money?.amount ?? 0) + refund.amount_money.amount;
  savePayment(account, payment, {
    refunded_money: { amount: refundedMinor, currency: refund.amount_money.currency },
    refund_ids: [...(payment.refund_ids ?? []), refund.id],
  });
  return refund;
}

/** What Square gives back of its fee, known some time after the refund. */
export function addRefundFee(account: Account, id: string, feeMinor: number): SquareRefund {
  const before = find(account.refunds, id);
  const { processing_fee: fees = [] } = before;
  const fee = {
    amount_money: { amount: -feeMinor, currency: before.amount_money.currency },
    effective_at: account.context.timeline.now().toISOString(),
    type: fees.length === 0 ? 'INITIAL' : 'ADJUSTMENT',
  };
  return saveRefund(account, before, { processing_fee: [...fees, fee] });
}

function saveRefund(account: Account, before: SquareRefund, change: Partial<SquareRefund>): SquareRefund {
  const refund: SquareRefund = { ...before, ...change, updated_at: nextVersionAt(account, before) };
  account.refunds.set(refund.id, refund);
  account.lists.refunds.put(refund);
  account.context.notify(account.id, 'refund.updated', 'refund', refund.id, refund);
  return refund;
}
