import type { RateBudget, RateLimit } from '@tributary/core/rate-limit';
import type { LimitedAnswer } from '../rate-limit.ts';

/** Square publishes none. */
export const limits: readonly RateLimit[] = [];

/** Its answers say nothing of limits but 429. */
export function budgetsIn(_answer: LimitedAnswer): RateBudget[] {
  return [];
}
