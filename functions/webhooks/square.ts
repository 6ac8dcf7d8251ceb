import type { Clock } from '@tributary/core/clock';
import { keptHeaders, verify } from '@tributary/providers/square/webhook';
import { setting, webhookKeys } from '../runtime/config.ts';
import { toIngest } from '../runtime/senders.ts';
import { createWebhook, type Send, type WebhookHandler } from '../runtime/webhook.ts';

export interface SquareWebhookOptions {
  /** Signature keys of the subscription that are accepted at that time, current first. */
  keys: (at: Date) => readonly string[];
  /** As registered on the subscription. Never the URL of the request: behind a gateway that is another one. */
  notificationUrl: () => string;
  send: Send;
  now?: Clock;
}

/** `POST /webhooks/square`: proves the sender, hands the bytes to the ingest queue. */
export function createSquareWebhook({ keys, notificationUrl, send, now }: SquareWebhookOptions): WebhookHandler {
  return createWebhook({
    provider: 'square',
    keptHeaders,
    verify: (request, at) => verify(request, { keys: keys(at), notificationUrl: notificationUrl() }),
    urlOf: notificationUrl,
    send,
    now,
  });
}

export const handler = createSquareWebhook({
  keys: (at) => webhookKeys('SquareSignatureKeys', at),
  notificationUrl: () => setting('SQUARE_NOTIFICATION_URL'),
  send: toIngest.send,
});
