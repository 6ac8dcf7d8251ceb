/** Whom a limit counts: the application over all accounts, or one account (at Clover: one token). */
export type LimitScope = 'app' | 'account';

/** Requests in a second, minute or day; `concurrent`: under way at one time, which is kept by how many ask and counted nowhere. */
export type LimitWindow = 'second' | 'minute' | 'day' | 'concurrent';

/** How much a provider allows. */
export interface RateLimit {
  scope: LimitScope;
  window: LimitWindow;
  limit: number;
  /** Where a provider grants some applications less: the least that any has. */
  least?: number;
}

/** What is left of it, as an answer said. */
export interface RateBudget {
  scope: LimitScope;
  window: LimitWindow;
  remaining: number;
}
