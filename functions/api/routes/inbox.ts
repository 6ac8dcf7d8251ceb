import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { inboxEvent } from '@tributary/inbox/event';
import { delivery, deliveryPosition, listDeliveries } from '@tributary/inbox/list-deliveries';
import { deliveryDetail, listDeliveryEvents } from '@tributary/inbox/list-delivery-events';
import { eventPosition, listEvents } from '@tributary/inbox/list-events';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { exampleEvent } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Inbox'] } as const;

const example = {
  id: exampleEvent.deliveryId,
  provider: exampleEvent.provider,
  receivedAt: exampleEvent.receivedAt,
  events: 2,
  statuses: { pending: 0, applied: 1, ignored: 0, quarantined: 1 },
};

const listDeliveriesRoute = route({
  ...reading,
  path: '/v1/deliveries',
  operationId: 'listDeliveries',
  summary: 'Webhook requests with events of the organization, the newest first',
  query: pageQuery,
  response: pageOf(delivery),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listDeliveries',
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

const listQuarantine = route({
  ...reading,
  path: '/v1/quarantine',
  operationId: 'listQuarantine',
  summary: 'Events that could not be applied, with the reason, the newest first',
  query: pageQuery,
  response: pageOf(inboxEvent),
  example: { response: { data: [exampleEvent], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listQuarantine',
      position: eventPosition,
      read: (page) => listEvents(tenantOf(context), { status: 'quarantined', ...page }),
    }),
});

export const inboxRoutes = [listDeliveriesRoute, getDelivery, listQuarantine];
