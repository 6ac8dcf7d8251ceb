/** What a merchant's account holds. Amounts in minor units, times in Unix milliseconds, as on Clover's wire. */
export interface SandboxRefund {
  id: string;
  amount: number;
  tipAmount?: number;
  createdTime: number;
  /** SUCCESS unless told. */
  status?: string;
  voided?: boolean;
}

export interface SandboxPayment {
  id: string;
  orderId: string;
  /** Tax included, tip not. */
  amount: number;
  tipAmount?: number;
  taxAmount?: number;
  /** SUCCESS, FAIL, AUTH, VOIDED …; any text, to try what a reader does with a new one. */
  result: string;
  createdTime: number;
  modifiedTime: number;
  refunds?: readonly SandboxRefund[];
}

export interface SandboxDiscount {
  id: string;
  name: string;
  /** Negative. */
  amount?: number;
  percentage?: number;
}

export interface SandboxLineItem {
  id: string;
  name: string;
  /** Of one unit where there is a `unitQty`. */
  price: number;
  /** In thousandths. */
  unitQty?: number;
  itemCode?: string;
  refunded?: boolean;
  exchanged?: boolean;
  isOrderFee?: boolean;
  tags?: readonly string[];
  modifications?: readonly { id: string; name: string; amount: number }[];
  discounts?: readonly SandboxDiscount[];
}

export interface SandboxOrder {
  id: string;
  currency: string;
  createdTime: number;
  modifiedTime: number;
  customers?: readonly { id: string; firstName?: string; lastName?: string }[];
  lineItems?: readonly SandboxLineItem[];
  discounts?: readonly SandboxDiscount[];
  /** What its till made of it; without it the sum of the prices. */
  total?: number;
}

export interface SandboxMerchant {
  id: string;
  accessToken: string;
  payments: readonly SandboxPayment[];
  orders: readonly SandboxOrder[];
}

/** A merchant's objects by id. */
export interface Account {
  readonly href: string;
  readonly payments: Map<string, SandboxPayment>;
  readonly orders: Map<string, SandboxOrder>;
}

type Wire = Record<string, unknown>;

/** What can be expanded here: the part of Clover's list that loyalty reads. */
export const expandable = {
  payments: new Set(['refunds', 'order', 'order.customers', 'order.lineItems']),
  orders: new Set([
    'payments',
    'payments.refunds',
    'customers',
    'discounts',
    'lineItems',
    'lineItems.discounts',
    'lineItems.modifications',
  ]),
};

/** The fields to expand; a dotted one brings its parent along. Null when one is unknown or there are more than three. */
export function readExpand(kind: keyof typeof expandable, parameter: string | null): Set<string> | null {
  const asked = new Set((parameter ?? '').split(',').filter((field) => field !== ''));
  if (asked.size > 3 || [...asked].some((field) => !expandable[kind].has(field))) return null;
  return new Set([...asked].flatMap((field) => [field, field.split('.')[0] ?? field]));
}

export function paymentOnWire(account: Account, payment: SandboxPayment, expand: ReadonlySet<string>): Wire {
  const href = `${account.href}/payments/${payment.id}`;
  const order = account.orders.get(payment.orderId);
  return {
    href,
    id: payment.id,
    order:
      expand.has('order') && order !== undefined
        ? orderOnWire(account, order, below('order', expand))
        : { href: `${account.href}/orders/${payment.orderId}`, id: payment.orderId },
    tender: { href: `${account.href}/tenders/M3NPCRT5BA6P8`, id: 'M3NPCRT5BA6P8' },
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
    ...(expand.has('refunds') && { refunds: refundsOnWire(account, payment, href) }),
  };
}

export function orderOnWire(account: Account, order: SandboxOrder, expand: ReadonlySet<string>): Wire {
  const href = `${account.href}/orders/${order.id}`;
  const payments = [...account.payments.values()].filter((payment) => payment.orderId === order.id);
  return {
    href,
    id: order.id,
    currency: order.currency,
    employee: { id: 'DFLTEMPLOYEE', orders: { href: `${account.href}/employees/DFLTEMPLOYEE/orders` } },
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
      customers: listOf(
        `${href}/customers`,
        (order.customers ?? []).map((customer) => customerOnWire(account, customer)),
      ),
    }),
    ...(expand.has('lineItems') && {
      lineItems: listOf(
        `${href}/line_items`,
        (order.lineItems ?? []).map((item) => lineItemOnWire(href, order, item, below('lineItems', expand))),
      ),
    }),
    ...(expand.has('discounts') && { discounts: listOf(`${href}/discounts`, order.discounts ?? []) }),
    ...(expand.has('payments') && {
      payments: listOf(
        `${href}/payments`,
        payments.map((payment) => paymentOnWire(account, payment, below('payments', expand))),
      ),
    }),
    device: { id: '0f011c55-ad89-9be3-a60d-073d7aca0ce4' },
  };
}

function refundsOnWire(account: Account, payment: SandboxPayment, href: string): Wire {
  const refunds = (payment.refunds ?? []).map((refund) => ({
    href: `${account.href}/refunds/${refund.id}`,
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
  return listOf(`${href}/refunds`, refunds);
}

function customerOnWire(account: Account, customer: NonNullable<SandboxOrder['customers']>[number]): Wire {
  const href = `${account.href}/customers/${customer.id}`;
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
    ...(tags && { tags: listOf(`${href}/tags`, tags) }),
    ...(expand.has('modifications') && {
      modifications: listOf(`${href}/modifications`, item.modifications ?? []),
    }),
    ...(expand.has('discounts') && { discounts: listOf(`${href}/discounts`, item.discounts ?? []) }),
  };
}

function listOf(href: string, elements: readonly object[]): Wire {
  return { elements, href };
}

/** `order.customers` below `order` is `customers`. */
function below(parent: string, expand: ReadonlySet<string>): Set<string> {
  const prefix = `${parent}.`;
  return new Set([...expand].filter((field) => field.startsWith(prefix)).map((field) => field.slice(prefix.length)));
}
