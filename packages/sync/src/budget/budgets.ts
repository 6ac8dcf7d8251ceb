import type { Clock } from '@tributary/core/clock';
import { ProviderError } from '@tributary/core/provider-error';
import type { LimitScope, RateBudget, RateLimit } from '@tributary/core/rate-limit';
import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

// By the name that it has among budgets.
export type { RateLimit as Limit } from '@tributary/core/rate-limit';

/** `hint`: something happened that somebody waits for. `walk`: it can wait. */
export type Purpose = 'walk' | 'hint';

/** One account at a provider. */
export interface Asked {
  provider: string;
  accountRef: string;
}

/** The share of every limit that walks leave to hints. */
const reserve = 0.2;

/** As much as is left to walks. Of what the least application has a share is kept, so that it has something left for them, too. */
const forWalks = ({ limit, least = limit }: RateLimit) => Math.max(1, limit - Math.ceil(least * reserve));

/** An account without a limit is counted all the same: the provider may ask not to be asked for a while. */
const unlimited: RateLimit = { scope: 'account', window: 'second', limit: 2 ** 31 - 1 };

export interface Budgets {
  /** Before each question. @throws ProviderError `rate_limited` with the time to wait, when there is nothing left */
  take(asked: Asked, purpose: Purpose): Promise<void>;
  /** After an answer that said what is left. */
  feed(asked: Asked, remaining: readonly RateBudget[]): Promise<void>;
  /** After a refusal: nothing more is asked of the account until then. */
  block(asked: Asked, scope: LimitScope, until: Date): Promise<void>;
}

/** Budgets that all who ask a provider share. @param limits by provider */
export function createBudgets(options: {
  system: Database;
  limits: Readonly<Record<string, readonly RateLimit[]>>;
  clock: Clock;
}): Budgets {
  const { system, limits, clock } = options;
  const limitsOf = ({ provider }: Asked) => {
    const counted = (limits[provider] ?? []).filter(({ window }) => window !== 'concurrent');
    return counted.some(({ scope }) => scope === 'account') ? counted : [...counted, unlimited];
  };
  const refOf = ({ accountRef }: Asked, scope: LimitScope) => (scope === 'app' ? '' : accountRef);
  return {
    async take(asked, purpose) {
      const of = limitsOf(asked);
      const [answer] = await systemStatement<{ waitMs: number }>(
        system,
        'select sync.take_budget($1, $2, $3, $4, $5, $6) as "waitMs"',
        [
          asked.provider,
          of.map(({ scope }) => scope),
          of.map(({ scope }) => refOf(asked, scope)),
          of.map(({ window }) => window),
          of.map((limit) => (purpose === 'walk' ? forWalks(limit) : limit.limit)),
          clock(),
        ],
      );
      const waitMs = Number(answer?.waitMs ?? 0);
      if (waitMs === 0) return;
      throw new ProviderError('rate_limited', `${asked.provider}: the budget is spent`, { retryAfterMs: waitMs });
    },
    async feed(asked, remaining) {
      const known = limitsOf(asked).flatMap(({ scope, window, limit }) => {
        const said = remaining.find((one) => one.scope === scope && one.window === window);
        return said ? [{ scope, window, used: Math.max(0, limit - said.remaining) }] : [];
      });
      if (known.length === 0) return;
      await systemStatement(
        system,
        `update sync.budgets b set used = greatest(b.used, k.used)
         from unnest($2::text[], $3::text[], $4::text[], $5::int[]) as k (scope, account_ref, time_window, used)
         where b.provider = $1 and b.scope = k.scope and b.account_ref = k.account_ref and b.time_window = k.time_window and b.ends_at > $6`,
        [
          asked.provider,
          known.map(({ scope }) => scope),
          known.map(({ scope }) => refOf(asked, scope)),
          known.map(({ window }) => window),
          known.map(({ used }) => used),
          clock(),
        ],
      );
    },
    async block(asked, scope, until) {
      await systemStatement(
        system,
        `update sync.budgets set blocked_until = greatest(blocked_until, $4) where provider = $1 and scope = $2 and account_ref = $3`,
        [asked.provider, scope, refOf(asked, scope), until],
      );
    },
  };
}
