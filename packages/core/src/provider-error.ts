/**
 * What a failed call to a provider means for the caller:
 * `rate_limited` and `unavailable` pass, so try later; `unauthorized` needs a new credential; `not_found` names nothing (or nothing
 * more); `invalid_response` is an answer we cannot use.
 */
export type ProviderErrorKind = 'rate_limited' | 'unauthorized' | 'not_found' | 'unavailable' | 'invalid_response';

/** The refusals of OAuth (RFC 6749, 4.1.2.1 and 5.2) that somebody acts on. */
export const oauthErrorCodes = [
  'invalid_grant',
  'invalid_client',
  'invalid_scope',
  'unauthorized_client',
  'access_denied',
] as const;

export type OAuthErrorCode = (typeof oauthErrorCodes)[number];

interface Details {
  status?: number | null;
  retryAfterMs?: number | null;
  oauthError?: OAuthErrorCode | null;
  headers?: Readonly<Record<string, string>>;
}

/** A call to a provider that failed. The message names host, status and cause; never a header, query or body. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  /** HTTP status, or null when there was no answer. */
  readonly status: number | null;
  /** How long the provider asks us to wait, in milliseconds; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** The refusal in OAuth's own word; null when it gave none of these. */
  readonly oauthError: OAuthErrorCode | null;
  /** The answer's headers that say how much may still be asked, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProviderErrorKind, message: string, details: Details = {}) {
    super(message);
    this.name = 'ProviderError';
    this.kind = kind;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.oauthError = details.oauthError ?? null;
    this.headers = details.headers ?? {};
  }
}
