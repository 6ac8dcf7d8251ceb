import type { Clock } from '@tributary/core/clock';
import { keptHeaders, verify } from '@tributary/providers/clover/webhook';
import { webhookKeys } from '../runtime/config.ts';
import { toIngest } from '../runtime/senders.ts';
import { createWebhook, type Send, type WebhookHandler } from '../runtime/webhook.ts';

export interface CloverWebhookOptions {
  /** Clover Auth Codes of the app that are accepted at that time, current first. None exists before the handshake. */
  codes: (at: Date) => readonly string[];
  send: Send;
  now?: Clock;
}

/** `POST /webhooks/clover`: proves the sender, or takes the set-up handshake, and hands the bytes to the ingest queue. */
export function createCloverWebhook({ codes, send, now }: CloverWebhookOptions): WebhookHandler {
  return createWebhook({
    provider: 'clover',
    keptHeaders,
    verify: (request, at) => verify(request, { codes: codes(at) }),
    // Clover signs no URL, so this is only where it came in.
    urlOf: ({ requestContext, rawPath }) => `https://${requestContext.domainName}${rawPath}`,
    send,
    now,
  });
}

export const handler = createCloverWebhook({
  codes: (at) => webhookKeys('CloverAuthCodes', at),
  send: toIngest.send,
});
