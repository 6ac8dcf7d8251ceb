import * as z from 'zod';

/**
 * Answers of Clover as this simulator and Clover's own dump of an order have them. Strict: a field that is not here is a
 * slip. Amounts in minor units, times in Unix milliseconds, expirations in Unix seconds.
 * @see https://github.com/clover/clover-android-sdk, androidTest/assets/orders and com.clover.sdk.v3
 */
const text = z.string();
const time = z.int().nonnegative();
const reference = z.looseObject({ href: z.url().optional(), id: text });
const unexpanded = z.strictObject({ href: z.url() });
const nested = <Schema extends z.ZodType>(schema: Schema) =>
  z.strictObject({ elements: z.array(schema), href: z.url().optional() });
const listed = <Schema extends z.ZodType>(schema: Schema) =>
  z.strictObject({ elements: z.array(schema), href: z.url() });

const refund = z.strictObject({
  href: z.url(),
  id: text,
  orderRef: reference,
  payment: reference,
  amount: z.int(),
  tipAmount: z.int(),
  taxAmount: z.int(),
  createdTime: time,
  clientCreatedTime: time,
  voided: z.boolean(),
  status: text,
  employee: reference,
});

const discount = z.strictObject({
  id: text,
  name: text,
  amount: z.int().optional(),
  percentage: z.int().optional(),
});

const lineItem = z.strictObject({
  id: text,
  orderRef: reference,
  item: reference.optional(),
  name: text,
  price: z.int(),
  unitQty: z.int().optional(),
  itemCode: text,
  printed: z.boolean(),
  createdTime: time,
  orderClientCreatedTime: time,
  exchanged: z.boolean(),
  refunded: z.boolean(),
  isRevenue: z.boolean(),
  isOrderFee: z.boolean().optional(),
  tags: nested(reference).optional(),
  taxRates: nested(reference).optional(),
  modifications: nested(z.looseObject({ id: text, name: text, amount: z.int() })).optional(),
  discounts: nested(discount).optional(),
});

const customer = z.strictObject({
  href: z.url(),
  id: text,
  firstName: text,
  lastName: text,
  marketingAllowed: z.boolean(),
  orders: unexpanded,
  addresses: unexpanded,
  emailAddresses: unexpanded,
  phoneNumbers: unexpanded,
  cards: unexpanded,
});

const payment = z.strictObject({
  href: z.url(),
  id: text,
  order: z.strictObject({ href: z.url(), id: text }),
  tender: reference,
  amount: z.int(),
  tipAmount: z.int(),
  taxAmount: z.int(),
  cashbackAmount: z.int(),
  employee: reference,
  createdTime: time,
  clientCreatedTime: time,
  modifiedTime: time,
  offline: z.boolean(),
  result: text,
  refunds: nested(refund).optional(),
});

const order = z.strictObject({
  href: z.url(),
  id: text,
  currency: text.length(3),
  employee: reference,
  total: z.int(),
  title: text.optional(),
  orderType: reference.optional(),
  taxRemoved: z.boolean(),
  isVat: z.boolean(),
  state: z.enum(['open', 'locked']),
  manualTransaction: z.boolean(),
  groupLineItems: z.boolean(),
  testMode: z.boolean(),
  createdTime: time,
  clientCreatedTime: time,
  modifiedTime: time,
  customers: nested(customer).optional(),
  lineItems: nested(lineItem).optional(),
  discounts: nested(discount).optional(),
  payments: nested(payment).optional(),
  device: reference,
});

/** Its order may be expanded; within an order it is not. */
const paymentOnItsOwn = payment.extend({ order: z.union([payment.shape.order, order]) });

const merchant = z.strictObject({
  href: z.url(),
  id: text,
  name: text,
  owner: reference,
  address: unexpanded,
  properties: z.strictObject({
    href: z.url(),
    defaultCurrency: text.length(3).optional(),
    timezone: text.optional(),
    locale: text.optional(),
  }),
});

const tokens = z.strictObject({
  access_token: text,
  access_token_expiration: z.int(),
  refresh_token: text,
  refresh_token_expiration: z.int(),
});

const change = z.strictObject({
  objectId: text.regex(/^[A-Z]{1,2}:[0-9A-Z]+$/),
  type: z.enum(['CREATE', 'UPDATE', 'DELETE']),
  ts: time,
});

export const cloverSchemas = {
  payment: paymentOnItsOwn,
  payments: listed(paymentOnItsOwn),
  order,
  orders: listed(order),
  merchant,
  tokens,
  refusal: z.strictObject({ message: text }),
  delivery: z.strictObject({ appId: text, merchants: z.record(text, z.array(change)) }),
  handshake: z.strictObject({ verificationCode: text }),
};
