import { systemClock } from '@tributary/core/clock';
import { createMemory } from '@tributary/core/memory';
import type { Database } from '@tributary/db/connection';
import { tokenTaker } from '@tributary/db/take-tokens';
import type { Member } from '@tributary/http/authenticate';
import type { RequestLimits } from '@tributary/http/edge/admission';
import type { Edge } from '@tributary/http/edge/client';
import { createLimiter } from '@tributary/http/edge/limiter';
import { readOrigins } from '@tributary/http/edge/origins';
import type { PlanName } from '@tributary/identity/plan/plan';
import { readPlan } from '@tributary/identity/plan/read-plan';
import { edgeHeaders } from '@tributary/infra/edge-headers';
import { byAddress, usesOfMember } from '../api/limits.ts';
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

/** This stage's limits, counted as that login. @param usesOf what a request of somebody known counts against beside their address */
export function limitsOn<Who>(database: Database, usesOf: RequestLimits<Who>['usesOf']): RequestLimits<Who> {
  return { limiter: limiterOn(database), ...byAddress, usesOf };
}

/** Limits of members, by the plan of their organization. */
export function memberLimits(database: Database): RequestLimits<Member> {
  const planOf = rememberedPlans(database);
  return limitsOn(database, async (member, cost) => usesOfMember(await planOf(member.orgId), member, cost));
}

const keptMs = 5 * 60_000;
const mostKept = 10_000;

/** Plans change by the month, so an instance asks for one once in five minutes. */
function rememberedPlans(database: Database): (orgId: string) => Promise<PlanName> {
  const plans = createMemory<PlanName>(mostKept);
  return async (orgId) => {
    const known = plans.recall(orgId, Date.now());
    if (known) return known;
    const plan = (await readPlan({ database, orgId })) ?? 'free';
    plans.keep(orgId, plan, Date.now() + keptMs);
    return plan;
  };
}
