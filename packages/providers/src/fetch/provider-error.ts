/**
 * What a failed call to a provider means for the caller:
 * `rate_limited` and `unavailable` pass, so try later; `unauthorized` needs a new credential; `not_found` names nothing (or nothing
 * more); `invalid_response` is an answer we cannot use.
 */
export type ProviderErrorKind = 'rate_limited' | 'unauthorized' | 'not_found' | 'unavailable' | 'invalid_response';

/** A call to a provider that failed. The message names host, status and cause; never a header, query or body. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  /** HTTP status, or null when there was no answer. */
  readonly status: number | null;
  /** How long the provider asks us to wait, in milliseconds; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    kind: ProviderErrorKind,
    message: string,
    details: { status?: number | null; retryAfterMs?: number | null } = {},
  ) {
    super(message);
    this.name = 'ProviderError';
    this.kind = kind;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

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
