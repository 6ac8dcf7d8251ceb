import type { Random } from '../kernel/random.ts';
import type { Timeline } from '../kernel/timeline.ts';
import type { Attempt, Delivery, WebhookSender } from '../kernel/webhook-sender.ts';
import type { SquareSubscription } from './answers.ts';
import type { SquareEnvelope } from './schemas.ts';
import { signSquare, squareHeaders } from './webhook.ts';

export const apiVersion = '2026-09-16';
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const threeWeeksMs = 21 * 24 * hourMs;

/** 11 retries over 24 hours. @see https://developer.squareup.com/docs/webhooks/troubleshooting */
export const retrySchedules = {
  current: [1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480].map((minutes) => minutes * minuteMs),
  /** Of the older documents: 78 retries over 72 hours. @see https://developer.squareup.com/docs/webhooks-api/delivery-sla */
  older: [...[1, 2, 4, 8, 16, 32].map((minutes) => minutes * minuteMs), ...Array.from({ length: 72 }, () => hourMs)],
};

/** The scope that a merchant must have granted for the application to hear of an event; null for none. */
const scopes: Record<string, string | null> = {
  'payment.created': 'PAYMENTS_READ',
  'payment.updated': 'PAYMENTS_READ',
  'refund.created': 'PAYMENTS_READ',
  'refund.updated': 'PAYMENTS_READ',
  'order.updated': 'ORDERS_READ',
  'oauth.authorization.revoked': null,
};

export interface SubscriptionInput {
  notificationUrl: string;
  /** Every type unless told. */
  eventTypes?: readonly string[];
}

interface Subscription {
  fields: Omit<SquareSubscription, 'signature_key'>;
  signatureKey: string;
  /** When it last took a delivery, or was made. */
  acceptedMs: number;
}

export interface SubscriptionDesk {
  subscribe(input: SubscriptionInput): { id: string; signatureKey: string };
  rotateKey(id: string): string | null;
  all(): readonly SquareSubscription[];
  /** Sends an event to all who may hear of it. `isGranted` tells a merchant's scopes. */
  notify(event: SquareEnvelope, isGranted: (scope: string) => boolean): void;
  /** Sends one event at once, without retries. Null for an unknown subscription. */
  test(id: string, event: SquareEnvelope): Promise<Attempt> | null;
  /** An endpoint took a delivery, or did not till the last attempt: three weeks of that end its subscriptions. */
  settle(url: string, isAccepted: boolean): void;
}

/** The subscriptions of one application. */
export function createSubscriptionDesk(timeline: Timeline, random: Random, sender: WebhookSender): SubscriptionDesk {
  const subscriptions = new Map<string, Subscription>();
  const stamp = () => `${timeline.now().toISOString().replace('T', ' ').slice(0, 19)} +0000 UTC`;

  return {
    subscribe: ({ notificationUrl, eventTypes = Object.keys(scopes) }) => {
      const id = `wbhk_${random.text(32, '0123456789abcdef')}`;
      const signatureKey = random.text(22);
      const fields = {
        id,
        name: 'Sandbox subscription',
        enabled: true,
        event_types: [...eventTypes],
        notification_url: notificationUrl,
        api_version: apiVersion,
        created_at: stamp(),
        updated_at: stamp(),
      };
      subscriptions.set(id, { fields, signatureKey, acceptedMs: timeline.now().getTime() });
      return { id, signatureKey };
    },
    rotateKey: (id) => {
      const subscription = subscriptions.get(id);
      if (subscription === undefined) return null;
      subscription.signatureKey = random.text(22);
      subscription.fields = { ...subscription.fields, updated_at: stamp() };
      return subscription.signatureKey;
    },
    all: () => [...subscriptions.values()].map(({ fields }) => fields),
    notify: (event, isGranted) => {
      const scope = scopes[event.type] ?? null;
      if (scope !== null && !isGranted(scope)) return;
      for (const subscription of subscriptions.values())
        if (subscription.fields.enabled && subscription.fields.event_types.includes(event.type))
          sender.send(toDelivery(subscription, event));
    },
    test: (id, event) => {
      const subscription = subscriptions.get(id);
      return subscription === undefined ? null : sender.sendOnce(toDelivery(subscription, event));
    },
    settle: (url, isAccepted) => {
      for (const subscription of subscriptions.values())
        if (subscription.fields.notification_url === url) settle(subscription, isAccepted, timeline.now().getTime());
    },
  };
}

function settle(subscription: Subscription, isAccepted: boolean, nowMs: number): void {
  if (isAccepted) subscription.acceptedMs = nowMs;
  else if (nowMs - subscription.acceptedMs >= threeWeeksMs)
    subscription.fields = { ...subscription.fields, enabled: false };
}

function toDelivery(subscription: Subscription, event: SquareEnvelope): Delivery {
  const url = subscription.fields.notification_url;
  const body = Buffer.from(JSON.stringify(event));
  return {
    id: event.event_id,
    topic: event.type,
    url,
    body,
    headers: ({ number, firstAt, lastFailure }) => ({
      // A retry is signed with the key of its own time.
      ...squareHeaders(signSquare(subscription.signatureKey, url, body), firstAt.toISOString()),
      ...(lastFailure !== null && { 'square-retry-number': String(number - 1), 'square-retry-reason': lastFailure }),
    }),
    isWanted: () => subscription.fields.enabled,
  };
}
