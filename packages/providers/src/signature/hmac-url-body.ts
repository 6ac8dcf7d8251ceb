import { createHmac, timingSafeEqual } from 'node:crypto';

/** Keys tried at most: a long list must not turn each forged request into much work. */
export const maxLiveKeys = 16;

/** Characters of 32 bytes in base64, padding included. */
const signatureLength = 44;

/**
 * Square's scheme: `base64(HMAC-SHA256(key, notificationUrl + body))` over the bytes as received.
 * Compares the base64 text, not what it decodes to: its last digit has two spare bits, so four texts decode alike.
 * Takes the same time whichever key matches. An empty key never matches: anyone could sign with it.
 * @returns the matching key, or null.
 * @see https://developer.squareup.com/docs/webhooks/step3validate
 */
export function matchHmacUrlBody(input: {
  url: string;
  body: Uint8Array;
  signature: string;
  keys: readonly string[];
}): string | null {
  const given = Buffer.from(input.signature, 'utf8');
  if (given.byteLength !== signatureLength) return null;
  let match: string | null = null;
  for (const key of input.keys.slice(0, maxLiveKeys)) {
    if (key === '') continue;
    const expected = createHmac('sha256', key).update(input.url, 'utf8').update(input.body).digest('base64');
    const equal = timingSafeEqual(given, Buffer.from(expected, 'utf8'));
    if (equal && match === null) match = key;
  }
  return match;
}
