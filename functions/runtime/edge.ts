import { systemClock } from '@tributary/core/clock';
import type { Database } from '@tributary/db/connection';
import { tokenTaker } from '@tributary/db/take-tokens';
import type { Consumer, Member } from '@tributary/http/authenticate';
import type { RequestLimits } from '@tributary/http/edge/admission';
import type { Edge } from '@tributary/http/edge/client';
import { createLimiter } from '@tributary/http/edge/limiter';
import { readOrigins } from '@tributary/http/edge/origins';
import type { PlanName } from '@tributary/identity/plan/plan';
import { readPlan } from '@tributary/identity/plan/read-plan';
import { edgeHeaders } from '@tributary/infra/edge-headers';
import { byAddress, usesOfConsumer, usesOfMember } from '../api/limits.ts';
import { ConfigurationError, edgeKeys, setting } from './config.ts';

/** How this stage's edge proves itself. */
export function edge(): Edge {
  return { keys: edgeKeys(), keyHeader: edgeHeaders.key, addressHeader: edgeHeaders.address };
}

/** Whose pages may call. */
export function allowedOrigins(): readonly string[] {
  try {
    return readOrigins(setting('CORS_ORIGINS'));
  } catch {
    throw new ConfigurationError('CORS_ORIGINS', 'origins by https with spaces between, or none');
  }
}

/** Counts by the buckets of the database, as that login. */
export const limiterOn = (database: Database) => createLimiter({ take: tokenTaker(database), clock: systemClock });

/** Limits of members, by the plan of their organization. */
export function memberLimits(database: Database): RequestLimits<Member> {
  const planOf = rememberedPlans(database);
  return {
    limiter: limiterOn(database),
    ...byAddress,
    usesOf: async (member, cost) => usesOfMember(await planOf(member.orgId), member, cost),
  };
}

export function consumerLimits(database: Database): RequestLimits<Consumer> {
  return {
    limiter: limiterOn(database),
    ...byAddress,
    usesOf: async (consumer, cost) => usesOfConsumer(consumer, cost),
  };
}

const keptMs = 5 * 60_000;
const mostKept = 10_000;

/** Plans change by the month, so an instance asks for one once in five minutes. */
function rememberedPlans(database: Database): (orgId: string) => Promise<PlanName> {
  const kept = new Map<string, { plan: PlanName; until: number }>();
  return async (orgId) => {
    const known = kept.get(orgId);
    if (known && Date.now() < known.until) return known.plan;
    const plan = (await readPlan({ database, orgId })) ?? 'free';
    kept.delete(orgId);
    kept.set(orgId, { plan, until: Date.now() + keptMs });
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return plan;
  };
}
