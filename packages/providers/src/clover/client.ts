import * as z from 'zod';
import type { GuardedFetch } from '../fetch/guarded-fetch.ts';
import { ProviderError, type ProviderErrorKind } from '../fetch/provider-error.ts';
import { identifier } from '../fields.ts';
import { type CloverPayment, cloverPayment } from './payment.ts';

export interface CloverClient {
  /** The payment with its refunds, its order, who ordered and what. @throws ProviderError */
  getPayment(of: { merchantId: string; paymentId: string; accessToken: string }): Promise<CloverPayment>;
  /** Every payment of an order, each with its refunds and that order, as `getPayment` returns them. @throws ProviderError */
  getOrderPayments(of: { merchantId: string; orderId: string; accessToken: string }): Promise<CloverPayment[]>;
}

/**
 * Clover expands three fields per call, two levels deep, and a dotted field brings its parent along
 * (https://docs.clover.com/dev/docs/expanding-fields). What a line cost takes two levels below the order, so the lines are a call of
 * their own. Documented for orders: `lineItems`, `discounts`; below a line: `discounts`, `modifications`
 * (https://docs.clover.com/dev/reference/ordergetorder, …/ordergetorderlineitems).
 */
const paymentFields = 'refunds,order,order.customers';
const orderFields = 'payments.refunds,customers';
const lineFields = 'lineItems.discounts,lineItems.modifications,discounts';

/** Clover's REST API v3 (https://docs.clover.com/dev/reference/paymentgetpayment), read-only. `baseUrl` as `https://api.clover.com`. */
export function createCloverClient({ baseUrl, fetch }: { baseUrl: string; fetch: GuardedFetch }): CloverClient {
  const get = async <Schema extends z.ZodType>(of: Resource, expand: string, schema: Schema) => {
    const path = ['merchants', of.merchantId, of.kind, of.id].map(segment).join('/');
    const url = new URL(`v3/${path}`, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
    url.searchParams.set('expand', expand);
    return fetch(url, { headers: { authorization: `Bearer ${of.accessToken}` }, schema });
  };
  /** None when there is no such order, or no use in the answer: what was sold matters less than that it was paid. */
  const getLines = (of: Omit<Resource, 'kind'>): Promise<OrderLines> =>
    get({ ...of, kind: 'orders' }, lineFields, orderLines).catch((error: unknown) => {
      if (error instanceof ProviderError && withoutLines.has(error.kind)) return {};
      throw error;
    });
  return {
    async getPayment({ paymentId, ...access }) {
      const payment = await get({ ...access, kind: 'payments', id: paymentId }, paymentFields, expandedPayment);
      if (!payment.order) return payment;
      return withLines(payment, await getLines({ ...access, id: payment.order.id }));
    },
    async getOrderPayments({ orderId, ...access }) {
      const payments = await get({ ...access, kind: 'orders', id: orderId }, orderFields, orderWithPayments);
      // Most orders are hinted at before anything is paid.
      if (payments.length === 0) return payments;
      const lines = await getLines({ ...access, id: orderId });
      return payments.map((payment) => withLines(payment, lines));
    },
  };
}

interface Resource {
  merchantId: string;
  kind: 'payments' | 'orders';
  id: string;
  accessToken: string;
}

/** Whoever was not let in, or came at a bad time, asks again; these would be answered alike. */
const withoutLines: ReadonlySet<ProviderErrorKind> = new Set(['not_found', 'invalid_response']);

function withLines(payment: CloverPayment, lines: OrderLines): CloverPayment {
  return payment.order ? { ...payment, order: { ...payment.order, ...lines } } : payment;
}

/** Ids come from deliveries: `..` or `/` in one would address something else, so what is no Clover id names nothing. */
function segment(text: string): string {
  if (/^[A-Za-z0-9_]{1,64}$/.test(text)) return text;
  throw new ProviderError('not_found', 'Clover has no such id');
}

/** A relation that was not expanded is `{ href }`: it says nothing. */
const unexpanded = z.strictObject({ href: z.string() });

/** Relations of a customer are a third level, which cannot be asked for. */
const customer = z
  .looseObject({})
  .transform((fields) =>
    Object.fromEntries(Object.entries(fields).filter(([, field]) => !unexpanded.safeParse(field).success)),
  );
const customers = z
  .union([unexpanded.transform(() => undefined), z.looseObject({ elements: z.array(customer) })])
  .nullish();

const expandedPayment = z.looseObject({ order: z.looseObject({ customers }).nullish() }).pipe(cloverPayment);

const orderWithPayments = z
  .looseObject({
    id: identifier,
    currency: z.string(),
    customers,
    payments: z.looseObject({ elements: z.array(z.looseObject({})) }).nullish(),
  })
  .transform(({ payments, ...order }): unknown[] =>
    (payments?.elements ?? []).map((payment) => ({ ...payment, order })),
  )
  .pipe(z.array(cloverPayment));

/** Of any shape: whether they can be read is for `lineItemsOf` to say. */
const orderLines = z.looseObject({}).transform(({ lineItems, discounts }) => ({ lineItems, discounts }));
type OrderLines = Partial<z.output<typeof orderLines>>;
