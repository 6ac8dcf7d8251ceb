import * as z from 'zod';
import { epochMs, identifier } from '../fields.ts';
import { cloverPayment } from './payment.ts';

/**
 * Clover expands three fields per call, two levels deep, and a dotted field brings its parent along
 * (https://docs.clover.com/dev/docs/expanding-fields). What a line cost takes two levels below the order, so the lines are a call of
 * their own. Documented for orders: `lineItems`, `discounts`; below a line: `discounts`, `modifications`
 * (https://docs.clover.com/dev/reference/ordergetorder, …/ordergetorderlineitems).
 */
export const paymentFields = 'refunds,order,order.customers';
export const orderFields = 'payments.refunds,customers';
export const lineFields = 'lineItems.discounts,lineItems.modifications,discounts';

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

/** A payment asked for with `paymentFields`. */
export const expandedPayment = z.looseObject({ order: z.looseObject({ customers }).nullish() }).pipe(cloverPayment);

const times = { createdTime: epochMs.nullish(), modifiedTime: epochMs.nullish() };

/** An order asked for with `orderFields`: its payments, each as it would be on its own. */
export const expandedOrder = z
  .looseObject({
    id: identifier,
    ...times,
    currency: z.string(),
    customers,
    payments: z.looseObject({ elements: z.array(z.looseObject({})) }).nullish(),
  })
  .transform(({ payments, ...order }): { [key: string]: unknown; payments: object[] } => ({
    ...order,
    payments: (payments?.elements ?? []).map((payment) => ({ ...payment, order })),
  }))
  .pipe(z.looseObject({ id: identifier, ...times, payments: z.array(cloverPayment) }));
