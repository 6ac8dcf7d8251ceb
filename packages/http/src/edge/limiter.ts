import { createHash } from 'node:crypto';
import type { Clock } from '@tributary/core/clock';
import { createMemory, type Memory } from '@tributary/core/memory';
import type { TakeTokens, TokenAnswer } from '@tributary/core/token-bucket';
import { intervalMicros, type Limit, leaseMs, type Use } from './limit.ts';
import { RateLimited, type Standing } from './rate-limited.ts';

/** What this instance knows of one bucket. */
interface Lease {
  readonly key: string;
  readonly limit: Limit;
  /** Taken and not used. */
  tokens: number;
  /** Tokens to take at a time. */
  size: number;
  /** When they are lost. */
  lapsesAt: number;
  /** In the bucket when it was asked last. */
  left: number;
  /** Asking before is in vain. */
  deniedUntil: number;
}

/** Counts requests against limits that all instances share. */
export interface Limiter {
  /** Counts one request against each of these, or against none. @throws RateLimited, or AppError `unavailable` when it cannot count */
  admit(uses: readonly Use[]): Promise<Standing>;
  /** Refuses what this instance knows to be refused, and counts nothing. @throws RateLimited */
  assertNotDenied(uses: readonly Use[]): void;
}

/** Buckets an instance remembers; of more, it forgets the oldest and the few tokens taken for it. None ends. */
const maxLeases = 10_000;

/**
 * An instance takes a few tokens of a bucket at a time and uses them without asking; they are gone from the bucket at once, so instances
 * never admit more than the limit between them. How many it takes follows how many it used of the last.
 * @param clock of this instance alone: only differences count
 */
export function createLimiter({ take, clock }: { take: TakeTokens; clock: Clock }): Limiter {
  const leases = createMemory<Lease>(maxLeases);
  const now = () => clock().getTime();
  const assertNotDenied = (asked: readonly Lease[]) => {
    const at = now();
    const denied = asked.filter(({ deniedUntil }) => deniedUntil > at);
    // Of several the last to end, or a caller who waits is refused again.
    const [last] = denied.toSorted((one, other) => other.deniedUntil - one.deniedUntil);
    if (last) throw new RateLimited({ limit: last.limit, remaining: 0, waitMs: last.deniedUntil - at });
  };
  const refill = async (lacking: readonly Lease[]) => {
    const askedAt = now();
    for (const lease of lacking) settle(lease, askedAt);
    const answers = await take(
      lacking.map(({ key, limit, size }) => ({
        key,
        intervalMicros: intervalMicros(limit),
        burst: limit.burst,
        want: size,
      })),
    );
    for (const [index, lease] of lacking.entries()) keep(lease, answers[index], askedAt, now());
  };
  return {
    async admit(uses) {
      const asked = uses.map((use) => known(leases, use) ?? begun(leases, use));
      for (;;) {
        assertNotDenied(asked);
        const at = now();
        const lacking = asked.filter(({ tokens, lapsesAt }) => tokens === 0 || lapsesAt <= at);
        if (lacking.length === 0) break;
        await refill(lacking);
      }
      for (const lease of asked) lease.tokens -= 1;
      return tightest(asked);
    },
    // Of whom it knows nothing it learns nothing: else strangers would have it forget those it counts.
    assertNotDenied: (uses) => assertNotDenied(uses.flatMap((use) => known(leases, use) ?? [])),
  };
}

const nameOf = ({ limit, subject }: Use) => `${limit.name}\n${subject}`;

function known(leases: Memory<Lease>, use: Use): Lease | undefined {
  const lease = leases.recall(nameOf(use), 0);
  return lease?.limit === use.limit ? lease : undefined;
}

function begun(leases: Memory<Lease>, use: Use): Lease {
  const name = nameOf(use);
  // Nothing personal is kept where buckets are: an address or an account is a hash there.
  const key = createHash('sha256').update(name).digest('base64url').slice(0, 22);
  const lease = { key, limit: use.limit, tokens: 0, size: 1, lapsesAt: 0, left: 0, deniedUntil: 0 };
  leases.keep(name, lease, Number.POSITIVE_INFINITY);
  return lease;
}

/** Before more is taken: one more than last time when that was used in time, else as many as were used of it. */
function settle(lease: Lease, at: number): void {
  const most = Math.max(1, Math.floor(lease.limit.burst / 10));
  lease.size = at < lease.lapsesAt ? Math.min(most, lease.size + 1) : Math.max(1, lease.size - lease.tokens);
  if (at >= lease.lapsesAt) lease.tokens = 0;
}

function keep(lease: Lease, answer: TokenAnswer | undefined, askedAt: number, at: number): void {
  if (!answer) throw new Error('a bucket without an answer');
  // The bucket gave them after it was asked, so from then they lapse in time; with others at hand, with those.
  const lapsesAt = askedAt + leaseMs(lease.limit);
  lease.lapsesAt = lease.tokens > 0 ? Math.min(lease.lapsesAt, lapsesAt) : lapsesAt;
  lease.tokens += answer.granted;
  lease.left = answer.left;
  if (lease.tokens === 0) lease.deniedUntil = at + Math.max(1, answer.waitMs);
}

function tightest(leases: readonly Lease[]): Standing {
  const standings = leases.map(({ limit, tokens, left }) => ({ limit, remaining: tokens + left, waitMs: 0 }));
  const [least] = standings.toSorted((one, other) => one.remaining - other.remaining);
  if (!least) throw new Error('a request that counts against no limit');
  return least;
}
