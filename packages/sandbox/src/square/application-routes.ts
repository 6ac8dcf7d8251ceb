import { type Reply, type RoutedRequest, readJson } from '../kernel/message.ts';
import type { Route } from '../kernel/routes.ts';
import { requireApplication, requireJson } from './access.ts';
import type { Application } from './application.ts';
import { Refused, refusing } from './errors.ts';
import { sampleNames, squareSample } from './sample.ts';
import { type SquareEnvelope, squareEnvelope } from './schemas.ts';

/** What the application asks about itself: events and webhook subscriptions. */
export function createApplicationRoutes(application: Application): Route[] {
  const { events, desk } = application;
  const on = (method: Route['method'], path: string, handle: (request: RoutedRequest) => Reply | Promise<Reply>) => ({
    method,
    path,
    handle: refusing((request: RoutedRequest) => {
      requireApplication(application, request);
      return handle(request);
    }),
  });
  const enable = (isEnabled: boolean) => (): Reply => {
    events.enable(isEnabled);
    return { status: 200, body: {} };
  };
  return [
    on('POST', '/v2/events', (request) => events.search(requireJson(request))),
    on('PUT', '/v2/events/enable', enable(true)),
    on('PUT', '/v2/events/disable', enable(false)),
    on('GET', '/v2/webhooks/subscriptions', ({ query }) => {
      const shown = desk.all().filter(({ enabled }) => enabled || query.get('include_disabled') === 'true');
      return { status: 200, body: shown.length === 0 ? {} : { subscriptions: shown } };
    }),
    on('POST', '/v2/webhooks/subscriptions/:id/signature-key', ({ params }) => {
      const key = desk.rotateKey(params.id ?? '');
      if (key === null) throw new Refused('NOT_FOUND');
      return { status: 200, body: { signature_key: key } };
    }),
    on('POST', '/v2/webhooks/subscriptions/:id/test', (request) => sendTest(application, request)),
  ];
}

async function sendTest({ desk, timeline, random }: Application, request: RoutedRequest): Promise<Reply> {
  const { event_type: type } = (readJson(request) ?? {}) as { event_type?: unknown };
  const subscription = desk.all().find(({ id }) => id === request.params.id);
  if (subscription === undefined) throw new Refused('NOT_FOUND');
  if (type !== undefined && !subscription.event_types.includes(String(type)))
    throw new Refused('INVALID_VALUE', 'The subscription has no such event type.', 'event_type');
  const at = timeline.now().toISOString();
  const event = { ...testEvent(type, random), event_id: random.uuid(), created_at: at };
  const attempt = await desk.test(subscription.id, event);
  const result = {
    id: event.event_id,
    ...(attempt?.status != null && { status_code: attempt.status }),
    payload: JSON.stringify(event),
    created_at: at,
    updated_at: at,
  };
  return { status: 200, body: { subscription_test_result: result } };
}

/** Square's own sample of the type; without a type, an event that is about nothing. */
function testEvent(type: unknown, random: Application['random']): SquareEnvelope {
  const name = sampleNames.find((other) => other === type);
  if (name !== undefined) return squareEnvelope.parse(JSON.parse(squareSample(name).toString()));
  const nothing = { type: 'webhooks', id: random.uuid() };
  return { merchant_id: 'SANDBOX', type: 'webhooks.test_notification', event_id: '', created_at: '', data: nothing };
}
