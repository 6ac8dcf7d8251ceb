import type { Clock } from '@tributary/core/clock';
import { keptHeaders, verify } from '@tributary/providers/xero/webhook';
import { webhookKeys } from '../runtime/config.ts';
import { toIngest } from '../runtime/senders.ts';
import { createWebhook, type Send, type WebhookHandler } from '../runtime/webhook.ts';

export interface XeroWebhookOptions {
  /** Webhook keys of the app that are accepted at that time, current first. */
  keys: (at: Date) => readonly string[];
  send: Send;
  now?: Clock;
}

/** `POST /webhooks/xero`: proves the sender, hands the bytes to the ingest queue. An intent to receive is answered like any delivery. */
export function createXeroWebhook({ keys, send, now }: XeroWebhookOptions): WebhookHandler {
  return createWebhook({
    provider: 'xero',
    keptHeaders,
    verify: (request, at) => verify(request, { keys: keys(at) }),
    // Xero signs no URL, so this is only where it came in.
    urlOf: ({ requestContext, rawPath }) => `https://${requestContext.domainName}${rawPath}`,
    send,
    now,
  });
}

export const handler = createXeroWebhook({
  keys: (at) => webhookKeys('XeroWebhookKeys', at),
  send: toIngest.send,
});
