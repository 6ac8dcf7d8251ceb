import { readId } from '@tributary/core/ids';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { inboxEvent } from '@tributary/inbox/event';
import { eventFilters, eventPosition, listEvents } from '@tributary/inbox/list-events';
import { replayEvent } from '@tributary/inbox/replay-event';
import type { IngestMessage } from '@tributary/queue/message';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleEvent } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

/** What these routes need beside what every API has. */
interface EventDeps extends ApiDeps {
  sendToIngest(message: IngestMessage): Promise<void>;
}

const reading = { method: 'GET', tags: ['Inbox'] } as const;

const listEventsRoute = route({
  ...reading,
  path: '/v1/events',
  operationId: 'listEvents',
  summary: 'What webhooks said of the organization, the newest first',
  query: pageQuery.extend(eventFilters.shape),
  response: pageOf(inboxEvent),
  example: { response: { data: [exampleEvent], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listEvents',
      position: eventPosition,
      read: (page) => listEvents(tenantOf(context), page),
    }),
});

const replayEventRoute = route({
  method: 'POST',
  path: '/v1/events/{eventId}/replay',
  operationId: 'replayEvent',
  summary: 'Tries a quarantined event again',
  tags: ['Inbox'],
  idempotent: true,
  params: z.strictObject({ eventId: z.string().max(64) }),
  body: z.strictObject({}),
  response: inboxEvent,
  example: { body: {}, response: { ...exampleEvent, status: 'pending', reason: null, processedAt: null } },
  handler: async (context: Context<EventDeps>, { params }) => {
    const { auth, sendToIngest } = context;
    const answered = await once(context, 'replayEvent', params, (tx) => replayEvent(actingIn(context, tx), params));
    // Behind the commit, and for an answer that is given again too: the word may have been lost. An event that waits no more is left alone.
    await sendToIngest({ kind: 'apply', v: 1, orgId: auth.orgId, eventIds: [readId('event', params.eventId)] });
    return answered;
  },
});

export const eventRoutes = [listEventsRoute, replayEventRoute];
