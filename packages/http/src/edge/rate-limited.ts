import { AppError } from '@tributary/core/errors';
import { intervalMicros, type Limit } from './limit.ts';

/** How much of a limit is left, as this instance knows. */
export interface Standing {
  readonly limit: Limit;
  readonly remaining: number;
  /** 0 unless nothing remains. */
  readonly waitMs: number;
}

/** Asked too often. */
export class RateLimited extends AppError {
  readonly standing: Standing;

  constructor(standing: Standing) {
    super('rate_limited', 'Too many requests. Ask again after the seconds in Retry-After.');
    this.standing = standing;
  }
}

/**
 * The fields that tell a caller where they stand, of the limit that is nearest to its end.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (names are quoted since draft 08)
 */
export function rateLimitHeaders({ limit, remaining, waitMs }: Standing): Record<string, string> {
  const seconds = Math.max(1, Math.ceil((waitMs || intervalMicros(limit) / 1000) / 1000));
  return {
    'ratelimit-policy': `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`,
    ratelimit: `"${limit.name}";r=${remaining};t=${seconds}`,
    ...(waitMs > 0 && { 'retry-after': String(seconds) }),
  };
}
