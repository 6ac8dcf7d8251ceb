import { type OAuthErrorCode, oauthErrorCodes, type ProviderErrorKind } from '@tributary/core/provider-error';

// The class is core's, so that what knows no provider can tell its kinds apart.
export { ProviderError, type ProviderErrorKind } from '@tributary/core/provider-error';

/** What a status other than 2xx means. A redirect is not followed: the provider's address is fixed. */
export function kindOfStatus(status: number): ProviderErrorKind {
  if (status === 429) return 'rate_limited';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404 || status === 410) return 'not_found';
  if (status >= 500 || status === 408) return 'unavailable';
  return 'invalid_response';
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3) → milliseconds from now; null when absent or neither. */
export function readRetryAfter(header: string | null, now: Date): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // The whole form: Date.parse alone takes almost anything, "5.5" included.
  if (!/^[A-Z][a-z]{2,8}, .+ GMT$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

/** Clover's (https://docs.clover.com/dev/docs/api-usage-rate-limits) and Xero's (https://developer.xero.com/documentation/oauth2/limits). */
const limitHeaders = [
  'retry-after',
  'x-ratelimit-tokenlimit',
  'x-ratelimit-tokenconcurrentlimit',
  'x-ratelimit-crosstokenlimit',
  'x-ratelimit-crosstokenconcurrentlimit',
  'x-rate-limit-problem',
  'x-daylimit-remaining',
  'x-minlimit-remaining',
  'x-appminlimit-remaining',
];

/** The headers that say how much may still be asked: what looks like more than a number, a word or a date is left out. */
export function pickLimitHeaders(headers: Headers): Record<string, string> {
  const pairs = limitHeaders.map((name) => [name, headers.get(name) ?? ''] as const);
  return Object.fromEntries(pairs.filter(([, text]) => /^[\w ,:-]{1,64}$/.test(text)));
}

/** The `error` of a token endpoint's refusal (RFC 6749, 5.2), if it is one we know: any other text may quote what was sent. */
export function readOAuthError(bytes: Uint8Array): OAuthErrorCode | null {
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const code = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
    return oauthErrorCodes.find((known) => known === code) ?? null;
  } catch {
    return null;
  }
}
