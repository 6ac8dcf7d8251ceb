import { later } from '../kernel/timeline.ts';
import { type Account, find, nextVersionAt, nowText } from './account.ts';
import { cardOf, newPayment } from './objects.ts';
import { type LineInput, type OrderRecord, orderTotalMinor } from './order.ts';
import type { SquarePayment } from './schemas.ts';

/** What a till rings up. Amounts in minor units. */
export interface SaleInput {
  /** Tax included, tip not. Without it the total of the lines. */
  amountMinor?: number;
  tipMinor?: number;
  lines?: readonly LineInput[];
  /** The main location unless told. */
  locationId?: string;
  customerId?: string;
  buyerEmail?: string;
  /** COMPLETED unless told. */
  status?: SquarePayment['status'];
  /** Another part of the payment of that order. */
  orderId?: string;
  /** When the till took it without a connection: it is uploaded now, with that time as `created_at`. */
  offlineAt?: Date;
}

export interface PaymentChange {
  status?: SquarePayment['status'];
  tipMinor?: number;
}

/** Rings up a sale: `payment.created`, and `payment.updated` when it is completed. */
export function takePayment(account: Account, sale: SaleInput): SquarePayment {
  const { context, locations, payments, lists } = account;
  const locationId = find(locations, sale.locationId ?? [...locations.keys()][0] ?? '').id;
  const { status = 'COMPLETED', tipMinor = 0 } = sale;
  const order = orderOf(account, sale, locationId);
  // Square says APPROVED first and COMPLETED a moment later; the later moment is now.
  const isCompleted = status === 'COMPLETED';
  const firstAt = later(context.timeline, isCompleted ? -1 : 0).toISOString();
  const offlineAt = sale.offlineAt?.toISOString();
  const payment = newPayment({
    id: `${context.random.text(27)}ZY`,
    status: isCompleted ? 'APPROVED' : status,
    currency: account.currency,
    amountMinor: sale.amountMinor ?? orderTotalMinor(order.lines),
    tipMinor,
    locationId,
    orderId: order.id,
    createdAt: offlineAt ?? firstAt,
    updatedAt: firstAt,
    versionToken: context.random.text(45),
    customerId: sale.customerId,
    buyerEmail: sale.buyerEmail,
    offlineAt,
  });
  payments.set(payment.id, payment);
  context.notify(account.id, 'payment.created', 'payment', payment.id, payment);
  if (isCompleted) return changePayment(account, payment.id, { status });
  lists.payments.put(payment);
  return payment;
}

/** Completes, cancels or fails a payment, or changes its tip: `payment.updated`. */
export function changePayment(account: Account, id: string, { status, tipMinor }: PaymentChange): SquarePayment {
  const before = find(account.payments, id);
  const money = (amount: number) => ({ amount, currency: before.amount_money.currency });
  const total = money(before.amount_money.amount + (tipMinor ?? 0));
  const payment = savePayment(account, before, {
    ...(status !== undefined && { status, card_details: cardOf(status).card_details }),
    ...(tipMinor !== undefined && { tip_money: money(tipMinor), total_money: total, approved_money: total }),
  });
  if (status === 'COMPLETED') completeOrder(account, payment);
  return payment;
}

/** What Square takes, known some time after the sale: nothing else changes but `updated_at`. */
export function addProcessingFee(account: Account, id: string, feeMinor: number): SquarePayment {
  const before = find(account.payments, id);
  const { processing_fee: fees = [] } = before;
  const fee = {
    amount_money: { amount: feeMinor, currency: before.amount_money.currency },
    effective_at: nowText(account.context),
    type: fees.length === 0 ? 'INITIAL' : 'ADJUSTMENT',
  };
  return savePayment(account, before, { processing_fee: [...fees, fee] });
}

/** A new version of a payment: `payment.updated`. */
export function savePayment(account: Account, before: SquarePayment, change: Partial<SquarePayment>): SquarePayment {
  const { context, payments, lists } = account;
  const { capabilities, ...fields } = { ...before, ...change };
  const payment: SquarePayment = {
    ...fields,
    // What can still be done to a payment is said only while it is open.
    ...(fields.status === 'APPROVED' && capabilities && { capabilities }),
    updated_at: nextVersionAt(account, before),
    version_token: context.random.text(45),
  };
  payments.set(payment.id, payment);
  lists.payments.put(payment);
  context.notify(account.id, 'payment.updated', 'payment', payment.id, payment);
  return payment;
}

/** `order.created` is never told: Square tells it only of orders that were made by its API. */
function orderOf(account: Account, sale: SaleInput, locationId: string): OrderRecord {
  if (sale.orderId !== undefined) return find(account.orders, sale.orderId);
  const at = nowText(account.context);
  const order: OrderRecord = {
    id: `${account.context.random.text(29)}ZY`,
    locationId,
    currency: account.currency,
    lines: sale.lines ?? [{ name: 'Custom amount', priceMinor: sale.amountMinor ?? 0 }],
    tipMinor: sale.tipMinor ?? 0,
    customerId: sale.customerId,
    state: 'OPEN',
    version: 1,
    createdAt: sale.offlineAt?.toISOString() ?? at,
    updatedAt: at,
  };
  account.orders.set(order.id, order);
  return order;
}

function completeOrder(account: Account, payment: SquarePayment): void {
  const { context, orders } = account;
  const before = orders.get(payment.order_id ?? '');
  if (before?.state === 'OPEN') {
    const order = { ...before, state: 'COMPLETED' as const, version: before.version + 1, updatedAt: nowText(context) };
    orders.set(order.id, order);
    context.notify(account.id, 'order.updated', 'order_updated', order.id, {
      order_id: order.id,
      location_id: order.locationId,
      state: order.state,
      version: order.version,
      created_at: order.createdAt,
      updated_at: order.updatedAt,
    });
  }
  if (context.processingFeeAfterMs === null) return;
  const feeMinor = Math.round(payment.total_money.amount * 0.026) + 10;
  context.timeline.at(later(context.timeline, context.processingFeeAfterMs), () => {
    addProcessingFee(account, payment.id, feeMinor);
  });
}
