import type { RateBudget, RateLimit } from '@tributary/core/rate-limit';
import type { LimitedAnswer } from '../rate-limit.ts';

/** @see https://docs.clover.com/docs/api-usage-rate-limits */
export const limits: readonly RateLimit[] = [
  { scope: 'app', window: 'second', limit: 50 },
  { scope: 'account', window: 'second', limit: 16 },
  { scope: 'app', window: 'concurrent', limit: 10 },
  { scope: 'account', window: 'concurrent', limit: 5 },
];

/** A merchant's limits are a token's: a merchant has one. */
const headers: readonly (Omit<RateLimit, 'limit'> & { name: string })[] = [
  { name: 'x-ratelimit-tokenlimit', scope: 'account', window: 'second' },
  { name: 'x-ratelimit-tokenconcurrentlimit', scope: 'account', window: 'concurrent' },
  { name: 'x-ratelimit-crosstokenlimit', scope: 'app', window: 'second' },
  { name: 'x-ratelimit-crosstokenconcurrentlimit', scope: 'app', window: 'concurrent' },
];

/** Clover says nothing until a limit is passed; the 429 then names it, with its size and not what is left of it. */
export function budgetsIn({ status, headers: given }: LimitedAnswer): RateBudget[] {
  if (status !== 429) return [];
  return headers
    .filter(({ name }) => given.get(name) !== null)
    .map(({ scope, window }) => ({ scope, window, remaining: 0 }));
}
