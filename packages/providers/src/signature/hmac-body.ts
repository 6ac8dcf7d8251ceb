import { matchHmacUrlBody } from './hmac-url-body.ts';

/**
 * Xero's scheme: `base64(HMAC-SHA256(key, body))`, which is Square's without the URL.
 * @returns the matching key, or null.
 * @see https://developer.xero.com/documentation/webhooks/configuring-your-server
 */
export function matchHmacBody(input: { body: Uint8Array; signature: string; keys: readonly string[] }): string | null {
  return matchHmacUrlBody({ ...input, url: '' });
}
