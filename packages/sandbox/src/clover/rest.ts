import type { Reply, RoutedRequest } from '../kernel/message.ts';
import type { Route } from '../kernel/routes.ts';
import type { Shelf } from './account.ts';
import { readExpand } from './expand.ts';
import { filterFields, readListQuery } from './list-query.ts';
import type { SandboxOrder, SandboxPayment } from './objects.ts';
import { listFaults, pageOf } from './page.ts';
import { merchantOnWire, orderOnWire, type Place, paymentOnWire } from './wire.ts';
import { authorize, type CloverPermission, type Merchant, nowMsOf, placeOf, refuse, type World } from './world.ts';

/** How one kind of object is kept, shown and touched. */
interface Resource<Kind extends SandboxPayment | SandboxOrder> {
  readonly name: 'payments' | 'orders';
  readonly permission: 'PAYMENTS_R' | 'ORDERS_R';
  readonly key: 'P' | 'O';
  shelf(merchant: Merchant): Shelf<Kind>;
  show(place: Place, object: Kind, expand: ReadonlySet<string>): Record<string, unknown>;
}

const payments: Resource<SandboxPayment> = {
  name: 'payments',
  permission: 'PAYMENTS_R',
  key: 'P',
  shelf: ({ account }) => account.payments,
  show: paymentOnWire,
};
const orders: Resource<SandboxOrder> = {
  name: 'orders',
  permission: 'ORDERS_R',
  key: 'O',
  shelf: ({ account }) => account.orders,
  show: orderOnWire,
};

/** The reads of REST API v3. */
export function restRoutes(world: World): Route[] {
  return [
    { method: 'GET', path: '/v3/merchants/:merchantId', handle: (request) => readMerchant(world, request) },
    ...routesOf(world, payments),
    ...routesOf(world, orders),
  ];
}

function routesOf<Kind extends SandboxPayment | SandboxOrder>(world: World, resource: Resource<Kind>): Route[] {
  const path = `/v3/merchants/:merchantId/${resource.name}`;
  return [
    { method: 'GET', path, handle: (request) => list(world, resource, request), contentFaults: listFaults },
    {
      method: 'GET',
      path: `${path}/:id`,
      handle: (request) => readOne(world, resource, request),
      contentFaults: ['wrong_currency'],
    },
  ];
}

function readMerchant(world: World, request: RoutedRequest): Reply {
  return permit(world, { name: 'merchants', permission: 'MERCHANT_R' }, request, (merchant, expand) => ({
    status: 200,
    body: merchantOnWire(placeOf(world, merchant), merchant.profile, expand),
  }));
}

function readOne<Kind extends SandboxPayment | SandboxOrder>(
  world: World,
  resource: Resource<Kind>,
  request: RoutedRequest,
): Reply {
  return permit(world, resource, request, (merchant, expand) => {
    const object = resource.shelf(merchant).get(request.params.id ?? '');
    if (object === undefined) return refuse(404, 'Not Found');
    const shown = resource.show(placeOf(world, merchant), object, expand);
    return { status: 200, body: request.contentFault === null ? shown : inAnotherCurrency(shown) };
  });
}

function list<Kind extends SandboxPayment | SandboxOrder>(
  world: World,
  resource: Resource<Kind>,
  request: RoutedRequest,
): Reply {
  return permit(world, resource, request, (merchant, expand) => {
    const query = readListQuery(resource.name, request.query, nowMsOf(world));
    if (typeof query === 'string') return refuse(400, `Bad Request: ${query}`);

    const { contentFault: fault } = request;
    const place = placeOf(world, merchant);
    const page = pageOf(resource.shelf(merchant), query, knownUntilMs(world, fault), fault);
    const shown = page.map((object) => resource.show(place, object, expand));
    if (fault?.kind === 'shifting_page') touchOne(world, resource, merchant, page);
    return {
      status: 200,
      headers: { 'X-Clover-Allowed-Filter-Fields': filterFields[resource.name].join(', ') },
      body: {
        elements: fault?.kind === 'wrong_currency' ? shown.map(inAnotherCurrency) : shown,
        href: `${place.href}/${resource.name}?limit=${query.limit}`,
      },
    };
  });
}

/** Refuses who may not read it, and what cannot be expanded; answers the others. */
function permit(
  world: World,
  { name, permission }: { name: 'merchants' | 'payments' | 'orders'; permission: CloverPermission },
  request: RoutedRequest,
  answer: (merchant: Merchant, expand: ReadonlySet<string>) => Reply,
): Reply {
  const merchant = authorize(world, request, request.params.merchantId, permission);
  if (merchant === null) return refuse(401, '401 Unauthorized');
  const expand = readExpand(name, request.query.get('expand'));
  return expand === null ? refuse(400, 'Bad Request: expand') : answer(merchant, expand);
}

function knownUntilMs(world: World, fault: RoutedRequest['contentFault']): number {
  const delayMs = Math.max(world.listDelayMs, fault?.kind === 'stale' ? fault.seconds * 1000 : 0);
  return delayMs === 0 ? Number.POSITIVE_INFINITY : nowMsOf(world) - delayMs;
}

/** A row of the page changes behind the walker: in order of change it goes to the end, and one takes its place. */
function touchOne<Kind extends SandboxPayment | SandboxOrder>(
  world: World,
  resource: Resource<Kind>,
  merchant: Merchant,
  page: readonly Kind[],
): void {
  if (page.length === 0) return;
  const touched = world.random.pick(page);
  const nowMs = nowMsOf(world);
  resource.shelf(merchant).put({ ...touched, modifiedTime: nowMs }, nowMs);
  world.tell(merchant, { objectId: `${resource.key}:${touched.id}`, type: 'UPDATE' });
}

/** Only orders name their currency: a payment does when its order is expanded. */
function inAnotherCurrency(shown: Record<string, unknown>): Record<string, unknown> {
  const order = shown.order as Record<string, unknown> | undefined;
  if (order !== undefined) return { ...shown, order: inAnotherCurrency(order) };
  if (shown.currency === undefined) return shown;
  return { ...shown, currency: shown.currency === 'EUR' ? 'USD' : 'EUR' };
}
