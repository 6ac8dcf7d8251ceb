import * as z from 'zod';
import type { GuardedFetch } from '../fetch/guarded-fetch.ts';
import { ProviderError } from '../fetch/provider-error.ts';
import { identifier } from '../fields.ts';
import { type CloverPayment, cloverPayment } from './payment.ts';

export interface CloverClient {
  /** The payment with its refunds, its order and who ordered. @throws ProviderError */
  getPayment(of: { merchantId: string; paymentId: string; accessToken: string }): Promise<CloverPayment>;
  /** Every payment of an order, each with its refunds and that order, as `getPayment` returns them. @throws ProviderError */
  getOrderPayments(of: { merchantId: string; orderId: string; accessToken: string }): Promise<CloverPayment[]>;
}

/**
 * Clover expands three fields per call, two levels deep, and a dotted field brings its parent along
 * (https://docs.clover.com/dev/docs/expanding-fields).
 */
const paymentFields = 'refunds,order,order.customers';
const orderFields = 'payments.refunds,customers,lineItems';

/** Clover's REST API v3 (https://docs.clover.com/dev/reference/paymentgetpayment), read-only. `baseUrl` as `https://api.clover.com`. */
export function createCloverClient({ baseUrl, fetch }: { baseUrl: string; fetch: GuardedFetch }): CloverClient {
  const get = async <Schema extends z.ZodType>(
    path: readonly string[],
    expand: string,
    accessToken: string,
    schema: Schema,
  ) => {
    const url = new URL(`v3/${path.map(segment).join('/')}`, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
    url.searchParams.set('expand', expand);
    return fetch(url, { headers: { authorization: `Bearer ${accessToken}` }, schema });
  };
  return {
    getPayment: ({ merchantId, paymentId, accessToken }) =>
      get(['merchants', merchantId, 'payments', paymentId], paymentFields, accessToken, expandedPayment),
    getOrderPayments: ({ merchantId, orderId, accessToken }) =>
      get(['merchants', merchantId, 'orders', orderId], orderFields, accessToken, orderWithPayments),
  };
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
