import type { SandboxMerchant, SandboxOrder, SandboxPayment, SandboxRefund } from './objects.ts';
import { drawId, type Merchant, merchantOf, nowMsOf, type World } from './world.ts';

/** A sale as it is rung up; what is not said is not there. */
export type Sale = Pick<SandboxPayment, 'amount' | 'tipAmount' | 'taxAmount'> &
  Partial<Pick<SandboxPayment, 'result'>> &
  Pick<SandboxOrder, 'customers' | 'lineItems' | 'discounts'>;

/** What a merchant does at the till. The app is told of everything by webhook. */
export interface Till {
  /** An order and its payment, now. */
  takePayment(merchantId: string, sale: Sale): SandboxPayment;
  changePayment(merchantId: string, paymentId: string, change: Partial<Omit<SandboxPayment, 'id'>>): SandboxPayment;
  changeOrder(merchantId: string, orderId: string, change: Partial<Omit<SandboxOrder, 'id'>>): SandboxOrder;
  /** Gives money back: a row of the payment's `refunds`, the payment and its order changed. */
  refund(merchantId: string, paymentId: string, amount: number): SandboxRefund;
  voidPayment(merchantId: string, paymentId: string): SandboxPayment;
  /** The order is gone; its payments stay. */
  deleteOrder(merchantId: string, orderId: string): void;
  /** Adds or replaces a payment, at the times it says itself. */
  setPayment(merchantId: string, payment: SandboxPayment): void;
  /** Adds or replaces an order, at the times it says itself. */
  setOrder(merchantId: string, order: SandboxOrder): void;
}

export function createTill(world: World): Till {
  const setPayment: Till['setPayment'] = (merchantId, payment) =>
    keep(world, merchantOf(world, merchantId), 'P', payment);
  const setOrder: Till['setOrder'] = (merchantId, order) => keep(world, merchantOf(world, merchantId), 'O', order);
  const changePayment: Till['changePayment'] = (merchantId, paymentId, change) => {
    const before = existing(merchantOf(world, merchantId).account.payments.get(paymentId), paymentId);
    const payment = { ...before, modifiedTime: nowMsOf(world), ...change };
    setPayment(merchantId, payment);
    return payment;
  };
  const changeOrder: Till['changeOrder'] = (merchantId, orderId, change) => {
    const before = existing(merchantOf(world, merchantId).account.orders.get(orderId), orderId);
    const order = { ...before, modifiedTime: nowMsOf(world), ...change };
    setOrder(merchantId, order);
    return order;
  };
  return {
    setPayment,
    setOrder,
    changePayment,
    changeOrder,
    takePayment: (merchantId, sale) => {
      const [order, payment] = ringUp(world, merchantOf(world, merchantId).profile, sale);
      setOrder(merchantId, order);
      setPayment(merchantId, payment);
      return payment;
    },
    refund: (merchantId, paymentId, amount) => {
      const { account } = merchantOf(world, merchantId);
      const payment = existing(account.payments.get(paymentId), paymentId);
      const refund = { id: drawId(world), amount, createdTime: nowMsOf(world) };
      changePayment(merchantId, paymentId, { refunds: [...(payment.refunds ?? []), refund] });
      if (account.orders.get(payment.orderId) !== undefined) changeOrder(merchantId, payment.orderId, {});
      return refund;
    },
    voidPayment: (merchantId, paymentId) => changePayment(merchantId, paymentId, { result: 'VOIDED' }),
    deleteOrder: (merchantId, orderId) => {
      const merchant = merchantOf(world, merchantId);
      if (merchant.account.orders.remove(orderId)) world.tell(merchant, { objectId: `O:${orderId}`, type: 'DELETE' });
    },
  };
}

function ringUp(world: World, merchant: SandboxMerchant, sale: Sale): [SandboxOrder, SandboxPayment] {
  const { customers, lineItems, discounts, ...paid } = sale;
  const times = { createdTime: nowMsOf(world), modifiedTime: nowMsOf(world) };
  const orderId = drawId(world);
  const order = {
    id: orderId,
    currency: merchant.currency ?? 'USD',
    ...times,
    total: sale.amount,
    ...(customers && { customers }),
    ...(lineItems && { lineItems }),
    ...(discounts && { discounts }),
  };
  return [order, { result: 'SUCCESS', ...paid, id: drawId(world), orderId, ...times }];
}

function keep(world: World, merchant: Merchant, key: 'P', object: SandboxPayment): void;
function keep(world: World, merchant: Merchant, key: 'O', object: SandboxOrder): void;
function keep(world: World, merchant: Merchant, key: 'P' | 'O', object: SandboxPayment | SandboxOrder): void {
  const shelf = key === 'P' ? merchant.account.payments : merchant.account.orders;
  const type = shelf.get(object.id) === undefined ? 'CREATE' : 'UPDATE';
  shelf.put(object as SandboxPayment & SandboxOrder, nowMsOf(world));
  world.tell(merchant, { objectId: `${key}:${object.id}`, type });
}

function existing<Kind>(object: Kind | undefined, id: string): Kind {
  if (object === undefined) throw new Error(`The merchant has no ${id}.`);
  return object;
}
