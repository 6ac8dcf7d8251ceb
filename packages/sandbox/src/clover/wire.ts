import type { Account } from './account.ts';
import { below } from './expand.ts';
import type { SandboxLineItem, SandboxMerchant, SandboxOrder, SandboxPayment } from './objects.ts';

type Wire = Record<string, unknown>;

/** A merchant's account, and its address. */
export interface Place {
  /** `https://api.clover.com/v3/merchants/{mId}` */
  readonly href: string;
  readonly account: Account;
}

/** Of a nested list, Clover shows no more. @see https://docs.clover.com/docs/paginating-elements */
const nestedLimit = 100;

export function paymentOnWire(place: Place, payment: SandboxPayment, expand: ReadonlySet<string>): Wire {
  const href = `${place.href}/payments/${payment.id}`;
  const order = place.account.orders.get(payment.orderId);
  return {
    href,
    id: payment.id,
    order:
      expand.has('order') && order !== undefined
        ? orderOnWire(place, order, below('order', expand))
        : { href: `${place.href}/orders/${payment.orderId}`, id: payment.orderId },
    tender: { href: `${place.href}/tenders/M3NPCRT5BA6P8`, id: 'M3NPCRT5BA6P8' },
    amount: payment.amount,
    tipAmount: payment.tipAmount ?? 0,
    taxAmount: payment.taxAmount ?? 0,
    cashbackAmount: 0,
    employee: { id: 'DFLTEMPLOYEE' },
    createdTime: payment.createdTime,
    clientCreatedTime: payment.createdTime,
    modifiedTime: payment.modifiedTime,
    offline: false,
    result: payment.result,
    ...(expand.has('refunds') && { refunds: refundsOnWire(place, payment, href) }),
  };
}

export function orderOnWire(place: Place, order: SandboxOrder, expand: ReadonlySet<string>): Wire {
  const href = `${place.href}/orders/${order.id}`;
  const payments = place.account.paymentsOf(order.id);
  return {
    href,
    id: order.id,
    currency: order.currency,
    employee: { id: 'DFLTEMPLOYEE', orders: { href: `${place.href}/employees/DFLTEMPLOYEE/orders` } },
    total: order.total ?? (order.lineItems ?? []).reduce((sum, item) => sum + item.price, 0),
    taxRemoved: false,
    isVat: false,
    state: payments.length > 0 ? 'locked' : 'open',
    manualTransaction: false,
    groupLineItems: false,
    testMode: false,
    createdTime: order.createdTime,
    clientCreatedTime: order.createdTime,
    modifiedTime: order.modifiedTime,
    ...(expand.has('customers') && {
      customers: nestedList(
        `${href}/customers`,
        (order.customers ?? []).map((customer) => customerOnWire(place, customer)),
      ),
    }),
    ...(expand.has('lineItems') && {
      lineItems: nestedList(
        `${href}/line_items`,
        (order.lineItems ?? []).map((item) => lineItemOnWire(href, order, item, below('lineItems', expand))),
      ),
    }),
    ...(expand.has('discounts') && { discounts: nestedList(`${href}/discounts`, order.discounts ?? []) }),
    ...(expand.has('payments') && {
      payments: nestedList(
        `${href}/payments`,
        payments.map((payment) => paymentOnWire(place, payment, below('payments', expand))),
      ),
    }),
    device: { id: '0f011c55-ad89-9be3-a60d-073d7aca0ce4' },
  };
}

export function merchantOnWire(place: Place, merchant: SandboxMerchant, expand: ReadonlySet<string>): Wire {
  const { href } = place;
  return {
    href,
    id: merchant.id,
    name: merchant.name ?? merchant.id,
    owner: { href: `${href}/employees/DFLTEMPLOYEE`, id: 'DFLTEMPLOYEE' },
    address: { href: `${href}/address` },
    properties: expand.has('properties')
      ? {
          href: `${href}/properties`,
          defaultCurrency: merchant.currency ?? 'USD',
          timezone: merchant.timeZone ?? 'America/New_York',
          locale: 'en_US',
        }
      : { href: `${href}/properties` },
  };
}

function refundsOnWire(place: Place, payment: SandboxPayment, href: string): Wire {
  const refunds = (payment.refunds ?? []).map((refund) => ({
    href: `${place.href}/refunds/${refund.id}`,
    id: refund.id,
    orderRef: { id: payment.orderId },
    payment: { id: payment.id },
    amount: refund.amount,
    tipAmount: refund.tipAmount ?? 0,
    taxAmount: 0,
    createdTime: refund.createdTime,
    clientCreatedTime: refund.createdTime,
    voided: refund.voided ?? false,
    status: refund.status ?? 'SUCCESS',
    employee: { id: 'DFLTEMPLOYEE' },
  }));
  return nestedList(`${href}/refunds`, refunds);
}

function customerOnWire(place: Place, customer: NonNullable<SandboxOrder['customers']>[number]): Wire {
  const href = `${place.href}/customers/${customer.id}`;
  const unexpanded = ['orders', 'addresses', 'emailAddresses', 'phoneNumbers', 'cards'];
  return {
    href,
    id: customer.id,
    firstName: customer.firstName ?? '',
    lastName: customer.lastName ?? '',
    marketingAllowed: false,
    ...Object.fromEntries(unexpanded.map((relation) => [relation, { href: `${href}/${relation}` }])),
  };
}

function lineItemOnWire(
  orderHref: string,
  order: SandboxOrder,
  item: SandboxLineItem,
  expand: ReadonlySet<string>,
): Wire {
  const href = `${orderHref}/line_items/${item.id}`;
  const tags = item.tags?.map((name, index) => ({ id: `${item.id}-TAG${index}`, name }));
  return {
    id: item.id,
    orderRef: { id: order.id },
    name: item.name,
    price: item.price,
    ...(item.unitQty !== undefined && { unitQty: item.unitQty }),
    itemCode: item.itemCode ?? '',
    printed: false,
    createdTime: order.createdTime,
    orderClientCreatedTime: order.createdTime,
    exchanged: item.exchanged ?? false,
    refunded: item.refunded ?? false,
    isRevenue: true,
    ...(item.isOrderFee && { isOrderFee: true }),
    ...(tags && { tags: nestedList(`${href}/tags`, tags) }),
    ...(expand.has('modifications') && {
      modifications: nestedList(`${href}/modifications`, item.modifications ?? []),
    }),
    ...(expand.has('discounts') && { discounts: nestedList(`${href}/discounts`, item.discounts ?? []) }),
  };
}

function nestedList(href: string, elements: readonly object[]): Wire {
  return { elements: elements.slice(0, nestedLimit), href };
}
