import { type Reply, readAuthorization, type SandboxRequest } from '../kernel/message.ts';
import type { Limits } from '../kernel/simulation.ts';
import type { Clock } from '../kernel/timeline.ts';

export interface CloverLimits {
  readonly perSecond: { readonly app: number; readonly token: number };
  readonly concurrent: { readonly app: number; readonly token: number };
}

/** @see https://docs.clover.com/docs/api-usage-rate-limits */
export const documentedLimits: CloverLimits = {
  perSecond: { app: 50, token: 16 },
  concurrent: { app: 10, token: 5 },
};

const firstWaitMs = 1000;
const longestWaitMs = 60_000;

/** What an app, or one token of it, has under way. */
interface Scope {
  readonly name: 'app' | 'token';
  /** In milliseconds, of the last second; no more than tell that the limit is passed. */
  arrivals: number[];
  open: number;
  waitMs: number;
  waitUntilMs: number;
}

/**
 * The four limits of an app, on requests with a token. A request that is refused counts as one that came; one that comes
 * before its `retry-after` has passed doubles the wait.
 */
export function createCloverLimits(limits: CloverLimits, now: Clock): Limits {
  const app = createScope('app');
  const tokens = new Map<string, Scope>();
  const admitted = new WeakMap<SandboxRequest, readonly Scope[]>();
  return {
    enter: (request) => {
      const token = request.path.startsWith('/v3/') ? readAuthorization(request, 'Bearer') : null;
      if (token === null) return null;
      const known = tokens.get(token) ?? createScope('token');
      tokens.set(token, known);
      const scopes = [known, app];
      const nowMs = now().getTime();
      const tooFast = scopes.filter((scope) => !arrive(scope, limits.perSecond[scope.name], nowMs))[0];
      if (tooFast !== undefined) return refusal(rateHeaders[tooFast.name], limits.perSecond[tooFast.name]);
      const crowded = scopes.find((scope) => mustWait(scope, limits.concurrent[scope.name], nowMs));
      if (crowded !== undefined)
        return refusal(concurrencyHeaders[crowded.name], limits.concurrent[crowded.name], crowded.waitMs);
      for (const scope of scopes) scope.open += 1;
      admitted.set(request, scopes);
      return null;
    },
    leave: (request) => {
      for (const scope of admitted.get(request) ?? []) scope.open -= 1;
    },
  };
}

const rateHeaders = { app: 'X-RateLimit-crossTokenLimit', token: 'X-RateLimit-tokenLimit' };
const concurrencyHeaders = {
  app: 'X-RateLimit-crossTokenConcurrentLimit',
  token: 'X-RateLimit-tokenConcurrentLimit',
};

/** The body and headers of a 429; only the limits on concurrency say how long to wait. */
export function refusal(header: string, limit: number, waitMs?: number): Reply {
  return {
    status: 429,
    headers: { [header]: String(limit), ...(waitMs && { 'retry-after': String(Math.ceil(waitMs / 1000)) }) },
    body: { message: '429 Too Many Requests' },
  };
}

function createScope(name: Scope['name']): Scope {
  return { name, arrivals: [], open: 0, waitMs: 0, waitUntilMs: Number.NEGATIVE_INFINITY };
}

/** Counts a request in. @returns whether no more than the limit came in the last second. */
function arrive(scope: Scope, limit: number, nowMs: number): boolean {
  const recent = scope.arrivals.filter((atMs) => atMs > nowMs - 1000);
  scope.arrivals = [...recent.slice(-limit), nowMs];
  return scope.arrivals.length <= limit;
}

function mustWait(scope: Scope, limit: number, nowMs: number): boolean {
  const isEarly = nowMs < scope.waitUntilMs;
  if (!isEarly && scope.open < limit) return false;
  scope.waitMs = isEarly ? Math.min(scope.waitMs * 2, longestWaitMs) : firstWaitMs;
  scope.waitUntilMs = nowMs + scope.waitMs;
  return true;
}
