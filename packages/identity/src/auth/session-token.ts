import { createHmac, timingSafeEqual } from 'node:crypto';
import { headersFor } from './ask.ts';
import type { Identity } from './identity.ts';

/**
 * The token in a browser's session cookie, `token.signature` as the library writes it: HMAC-SHA256 in base64, under the first of the stage's
 * secrets. Asks no database.
 * @returns null for no such cookie, and for one that we did not sign
 */
export async function sessionToken({ library }: Pick<Identity, 'library'>, cookie: string): Promise<string | null> {
  const pair = headersFor({ cookie, address: null, userAgent: null }, 'session').get('cookie');
  const written = pair === null ? null : decoded(pair.slice(pair.indexOf('=') + 1));
  if (written === null) return null;
  const end = written.lastIndexOf('.');
  const [token, signature] = [written.slice(0, end), written.slice(end + 1)];
  const { secret } = await library.$context;
  return end > 0 && isSignatureOf(token, signature, secret) ? token : null;
}

function decoded(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    // No percent-encoding: not as we write it.
    return null;
  }
}

/** Compared as text, so that no second spelling of a signature is taken. */
function isSignatureOf(token: string, signature: string, secret: string): boolean {
  const [found, expected] = [signature, createHmac('sha256', secret).update(token).digest('base64')].map((text) =>
    Buffer.from(text),
  ) as [Buffer, Buffer];
  return found.length === expected.length && timingSafeEqual(found, expected);
}
