// The types are core's, so that what counts requests needs no provider.
export type { RateBudget, RateLimit } from '@tributary/core/rate-limit';

/** The parts of an answer that say what is left. `new Headers(error.headers)` for a ProviderError. */
export interface LimitedAnswer {
  status: number | null;
  headers: Pick<Headers, 'get'>;
}
