import * as z from 'zod';
import type { Reply, RoutedRequest } from '../kernel/message.ts';
import type { Route } from '../kernel/routes.ts';
import { accountOf, requireJson } from './access.ts';
import type { Application } from './application.ts';
import { Refused, refusing } from './errors.ts';
import { orderOnWire } from './order.ts';

const batch = z.looseObject({ location_id: z.string().optional(), order_ids: z.array(z.string()).max(100) });

/** Single payments, refunds, orders and customers, and the locations. */
export function createObjectRoutes(application: Application): Route[] {
  const account = (request: RoutedRequest, scope: string) => accountOf(application, request, scope);
  const single = (name: string, found: object | undefined): Reply => {
    if (found === undefined) throw new Refused('NOT_FOUND', `There is no such ${name}.`);
    return { status: 200, body: { [name]: found } };
  };
  const get = (path: string, handle: (request: RoutedRequest, id: string) => Reply): Route => ({
    method: 'GET',
    path,
    handle: refusing((request: RoutedRequest) => handle(request, request.params.id ?? '')),
  });
  const batchRetrieve = (request: RoutedRequest): Reply => {
    const { orders } = account(request, 'ORDERS_READ');
    const read = batch.safeParse(requireJson(request));
    if (!read.success) throw new Refused('BAD_REQUEST', '1 to 100 order_ids.', 'order_ids');
    const { order_ids: ids, location_id: location } = read.data;
    const found = ids.flatMap((id) => orders.get(id) ?? []);
    const here = found.filter(({ locationId }) => location === undefined || locationId === location);
    return { status: 200, body: here.length === 0 ? {} : { orders: here.map(orderOnWire) } };
  };
  return [
    get('/v2/locations', (request) => {
      const locations = [...account(request, 'MERCHANT_PROFILE_READ').locations.values()];
      return { status: 200, body: { locations: locations.sort((one, other) => (one.name < other.name ? -1 : 1)) } };
    }),
    get('/v2/payments/:id', (request, id) => single('payment', account(request, 'PAYMENTS_READ').payments.get(id))),
    get('/v2/refunds/:id', (request, id) => single('refund', account(request, 'PAYMENTS_READ').refunds.get(id))),
    get('/v2/orders/:id', (request, id) => {
      const order = account(request, 'ORDERS_READ').orders.get(id);
      return single('order', order && orderOnWire(order));
    }),
    get('/v2/customers/:id', (request, id) => single('customer', account(request, 'CUSTOMERS_READ').customers.get(id))),
    { method: 'POST', path: '/v2/orders/batch-retrieve', handle: refusing(batchRetrieve) },
  ];
}
