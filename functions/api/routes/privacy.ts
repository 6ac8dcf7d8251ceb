import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { eraseCustomer, eraseCustomerInput, erasure } from '@tributary/loyalty/customer/erase-customer';
import { exportCustomer, exportedItem, exportPosition } from '@tributary/loyalty/customer/export-customer';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleCustomer } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const params = z.strictObject({ customerId: z.string().max(64) });
const described = { tags: ['Privacy'], params } as const;

const exportCustomerRoute = route({
  ...described,
  method: 'GET',
  path: '/v1/customers/{customerId}/export',
  operationId: 'exportCustomer',
  summary: 'All that is held about a customer and whoever was merged into them, page by page',
  query: pageQuery,
  response: pageOf(exportedItem),
  example: {
    response: {
      data: [
        {
          kind: 'customer',
          record: {
            id: '019ace2e-1f4f-7e2c-9d2a-0b8f5d1c7a11',
            identities: [{ kind: 'email', provider: '', value: 'ann@example.com' }],
          },
        },
      ],
      nextCursor: null,
    },
  },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'exportCustomer',
      position: exportPosition,
      read: (page) => exportCustomer(tenantOf(context), page),
    }),
});

const eraseCustomerRoute = route({
  ...described,
  method: 'POST',
  path: '/v1/customers/{customerId}/erase',
  operationId: 'eraseCustomer',
  summary: 'Takes out for good whatever tells who a customer is; sales and points stay under a pseudonym',
  idempotent: true,
  body: eraseCustomerInput.omit({ customerId: true }),
  response: erasure,
  example: {
    body: { reason: 'Asked for it in writing, case 17.' },
    response: { customerId: exampleCustomer.id, erasedAt: '2026-11-20T19:45:00.000Z' },
  },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'eraseCustomer', request, (tx) => eraseCustomer(actingIn(context, tx), request));
  },
});

export const privacyRoutes = [exportCustomerRoute, eraseCustomerRoute];
