import { type Reply, readAuthorization, type SandboxRequest } from '../kernel/message.ts';
import type { Random } from '../kernel/random.ts';
import type { Connections } from './connections.ts';
import { type AccessProblem, accessProblem } from './errors.ts';
import type { Organisation } from './organisation.ts';
import type { Grant, Tokens } from './tokens.ts';

export interface Access {
  /** By the bearer token alone; with `scopes` it needs one of them, or its `.read`. */
  byToken(request: SandboxRequest, scopes: readonly string[] | null): { grant: Grant } | { refusal: Reply };
  /** By the bearer token and `xero-tenant-id`. */
  byTenant(request: SandboxRequest, scopes: readonly string[]): { organisation: Organisation } | { refusal: Reply };
}

export function createAccess({
  tokens,
  connections,
  organisations,
  random,
}: {
  tokens: Tokens;
  connections: Connections;
  organisations: ReadonlyMap<string, Organisation>;
  random: Random;
}): Access {
  const refuse = (problem: AccessProblem, expiredAt?: Date) => ({
    refusal: accessProblem(problem, random.uuid(), expiredAt),
  });
  const byToken: Access['byToken'] = (request, scopes) => {
    const found = tokens.lookUp(readAuthorization(request, 'Bearer') ?? '');
    if (found === null) return refuse('no_token');
    if (found.isExpired) return refuse('token_expired', found.expiresAt);
    const granted = found.grant.scopes;
    const isEnough = scopes?.some((scope) => granted.includes(scope) || granted.includes(`${scope}.read`)) ?? true;
    return isEnough ? { grant: found.grant } : refuse('scope_missing');
  };
  return {
    byToken,
    byTenant: (request, scopes) => {
      const entered = byToken(request, scopes);
      if ('refusal' in entered) return entered;
      const organisation = organisations.get(request.headers['xero-tenant-id'] ?? '');
      const isConnected = connections.isConnected(entered.grant.userId, organisation?.id ?? '');
      return organisation !== undefined && isConnected ? { organisation } : refuse('tenant_not_connected');
    },
  };
}
