import { type Context, route } from '@tributary/http/route';
import { customerDetail } from '@tributary/loyalty/customer/customer-detail';
import { findCustomer, findCustomerInput } from '@tributary/loyalty/customer/find-customer';
import { getCustomer } from '@tributary/loyalty/customer/get-customer';
import { mergeCustomers, mergeCustomersInput } from '@tributary/loyalty/customer/merge-customers';
import { registerCustomer, registerCustomerInput } from '@tributary/loyalty/customer/register-customer';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleCustomer, exampleWallet } from './examples.ts';

const described = { tags: ['Customers'], response: customerDetail } as const;
const params = z.strictObject({ customerId: z.string().max(64) });

const { customer: _, ...wallet } = exampleWallet;
const example = { ...exampleCustomer, wallet };

const registerCustomerRoute = route({
  ...described,
  method: 'POST',
  path: '/v1/customers',
  operationId: 'registerCustomer',
  summary: 'The customer with these names, made if nobody has them; anonymous sales with them are theirs from then on',
  idempotent: true,
  body: registerCustomerInput,
  example: { body: { email: 'ann@example.com', mobile: '(415) 555-0100' }, response: example },
  handler: (context: Context<ApiDeps>, { body }) =>
    once(context, 'registerCustomer', body, (tx) => registerCustomer({ tx, now: new Date() }, body)),
});

// Not under /v1/customers, where it would be somebody's id. A POST, because addresses and numbers do not belong into a URL.
const findCustomerRoute = route({
  ...described,
  method: 'POST',
  path: '/v1/customer-lookup',
  operationId: 'findCustomer',
  summary: 'Who is known by an address, a number or an id at a provider; changes nothing',
  body: findCustomerInput,
  example: { body: { email: 'ann@example.com' }, response: example },
  handler: (context: Context<ApiDeps>, { body }) => findCustomer(tenantOf(context), body),
});

const getCustomerRoute = route({
  ...described,
  method: 'GET',
  path: '/v1/customers/{customerId}',
  operationId: 'getCustomer',
  summary: 'One customer with the wallet; one that was merged answers as the one it turned out to be',
  params,
  example: { response: example },
  handler: (context: Context<ApiDeps>, { params }) => getCustomer(tenantOf(context), params),
});

const mergeCustomerRoute = route({
  ...described,
  method: 'POST',
  path: '/v1/customers/{customerId}/merge',
  operationId: 'mergeCustomer',
  summary: 'Two customers turn out to be one: points, names and sales are those of the other from then on',
  idempotent: true,
  params,
  body: mergeCustomersInput.omit({ from: true }),
  example: {
    body: { into: exampleCustomer.id, reason: 'Paid with two cards, showed both.' },
    response: example,
  },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { from: params.customerId, ...body };
    return once(context, 'mergeCustomer', request, (tx) => mergeCustomers(actingIn(context, tx), request));
  },
});

export const customerRoutes = [registerCustomerRoute, findCustomerRoute, getCustomerRoute, mergeCustomerRoute];
