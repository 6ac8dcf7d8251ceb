import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { inboxEvent } from '@tributary/inbox/event';
import { delivery, deliveryPosition, listDeliveries } from '@tributary/inbox/list-deliveries';
import { deliveryDetail, listDeliveryEvents } from '@tributary/inbox/list-delivery-events';
import { listQuarantine, quarantinePosition } from '@tributary/inbox/list-quarantine';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { keysetPage } from './keyset-page.ts';
import { operators } from './roles.ts';

const reading = { method: 'GET', tags: ['Inbox'], roles: operators, scope: 'inbox:read' } as const;

const example = {
  id: 'dlv_01kb7kz3tme5g9h2j4k6m8n0pq',
  provider: 'clover',
  receivedAt: '2026-11-20T18:04:06.221Z',
  events: 2,
  statuses: { pending: 0, applied: 1, ignored: 0, quarantined: 1 },
};
const exampleEvent = {
  id: 'evt_01kb7kz3tnfwbs7c9d1e3f5g7h',
  deliveryId: example.id,
  connectionId: 'con_01kb7kx0y4e2z3a5b7c9d1e3f5',
  provider: 'clover',
  type: 'P:UPDATE',
  status: 'quarantined' as const,
  reason: 'provider_not_found',
  occurredAt: '2026-11-20T18:04:05.000Z',
  receivedAt: example.receivedAt,
  processedAt: '2026-11-20T18:04:07.512Z',
};

const listDeliveriesRoute = route({
  ...reading,
  path: '/v1/deliveries',
  operationId: 'listDeliveries',
  summary: 'Webhook requests with events of the organization, the newest first',
  query: pageQuery,
  response: pageOf(delivery),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps>, { query }) =>
    keysetPage(context, query, {
      operationId: 'listDeliveries',
      filters: {},
      position: deliveryPosition,
      read: (page) => listDeliveries(tenantOf(context), page),
    }),
});

const getDelivery = route({
  ...reading,
  path: '/v1/deliveries/{deliveryId}',
  operationId: 'getDelivery',
  summary: 'One webhook request with the events of the organization in it',
  params: z.strictObject({ deliveryId: z.string().max(64) }),
  response: deliveryDetail,
  example: {
    response: { id: example.id, provider: 'clover', receivedAt: example.receivedAt, events: [exampleEvent] },
  },
  handler: (context: Context<ApiDeps>, { params }) => listDeliveryEvents(tenantOf(context), params),
});

const listQuarantineRoute = route({
  ...reading,
  path: '/v1/quarantine',
  operationId: 'listQuarantine',
  summary: 'Events that could not be applied, with the reason, the newest first',
  query: pageQuery,
  response: pageOf(inboxEvent),
  example: { response: { data: [exampleEvent], nextCursor: null } },
  handler: (context: Context<ApiDeps>, { query }) =>
    keysetPage(context, query, {
      operationId: 'listQuarantine',
      filters: {},
      position: quarantinePosition,
      read: (page) => listQuarantine(tenantOf(context), page),
    }),
});

export const inboxRoutes = [listDeliveriesRoute, getDelivery, listQuarantineRoute];
