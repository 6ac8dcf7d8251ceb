import { createHash, timingSafeEqual } from 'node:crypto';
import { maxLiveKeys } from './hmac-url-body.ts';

/**
 * Clover's scheme: a static secret in a header, not bound to the body. Digests are compared, so the time taken says nothing
 * about length or content. An empty header matches nothing, so neither does an empty configured code.
 * @returns the matching code, or null.
 */
export function matchSharedSecret(given: string | undefined, codes: readonly string[]): string | null {
  if (!given) return null;
  const presented = digest(given);
  let match: string | null = null;
  for (const code of codes.slice(0, maxLiveKeys)) {
    const equal = timingSafeEqual(presented, digest(code));
    if (equal && match === null) match = code;
  }
  return match;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
