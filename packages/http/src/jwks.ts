import { AppError } from '@tributary/core/errors';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { readAtMost } from './bytes.ts';

const timeoutMs = 5_000;
const cooldownMs = 30_000;
const maxAgeMs = 600_000;
/** How long to leave an issuer alone that did not answer while we have no keys at all. */
const pauseWithoutKeysMs = 1_000;
const maxBytes = 64 * 1024;

/**
 * An issuer's public keys by `kid`: fetched when first needed and when 10 minutes old; an unknown `kid` causes at most one fetch
 * per 30 s, so a rotation is seen within that time and a flood of invented ones costs the issuer nothing.
 * @throws AppError `unavailable` when the keys cannot be had: then nobody is let in.
 */
export function remoteKeys(url: URL): JWTVerifyGetKey {
  let attemptedAt = Number.NEGATIVE_INFINITY;
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
    // jose counts its cooldown from the last success: without this, each unknown kid would call an issuer that is down.
    [customFetch]: async (href, options) => {
      if (Date.now() - attemptedAt < (keys.fresh ? cooldownMs : pauseWithoutKeysMs))
        throw new Error('asked a moment ago');
      attemptedAt = Date.now();
      return fetchAtMost(href, options);
    },
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new AppError('unavailable', 'Tokens cannot be checked at the moment. Try again.', { cause: error });
    }
  };
}

async function fetchAtMost(href: string, options: RequestInit): Promise<Response> {
  const response = await fetch(href, options);
  const bytes = await readAtMost(response.body, maxBytes);
  // Without a body it is no JSON to jose, which is what becomes of a key set too large to be one.
  return new Response(response.status === 200 ? bytes : null, { status: response.status });
}
