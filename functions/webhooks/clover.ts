import type { Clock } from '@tributary/core/clock';
import { keptHeaders, verify } from '@tributary/providers/clover/webhook';
import { secretList } from '../runtime/config.ts';
import { createWebhook, type Send, sendToIngest, type WebhookHandler } from '../runtime/webhook.ts';

export interface CloverWebhookOptions {
  /** Clover Auth Codes of the app, current first. None exists before the handshake. */
  codes: () => readonly string[];
  send: Send;
  now?: Clock;
}

/** `POST /webhooks/clover`: proves the sender, or takes the set-up handshake, and hands the bytes to the ingest queue. */
export function createCloverWebhook({ codes, send, now }: CloverWebhookOptions): WebhookHandler {
  return createWebhook({
    provider: 'clover',
    keptHeaders,
    verify: (request) => verify(request, { codes: codes() }),
    // Clover signs no URL, so this is only where it came in.
    urlOf: ({ requestContext, rawPath }) => `https://${requestContext.domainName}${rawPath}`,
    send,
    now,
  });
}

export const handler = createCloverWebhook({
  codes: () => secretList('CloverAuthCodes'),
  send: sendToIngest,
});
