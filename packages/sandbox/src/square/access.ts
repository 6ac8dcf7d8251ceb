import { readAuthorization, readJson, type SandboxRequest } from '../kernel/message.ts';
import type { Account } from './account.ts';
import type { Application } from './application.ts';
import { Refused } from './errors.ts';

/**
 * The account of the bearer's merchant.
 * @throws Refused UNAUTHORIZED, ACCESS_TOKEN_EXPIRED, ACCESS_TOKEN_REVOKED, INSUFFICIENT_SCOPES
 */
export function accountOf({ grants, accounts }: Application, request: SandboxRequest, scope: string): Account {
  const found = grants.find(readAuthorization(request, 'Bearer') ?? '');
  const account = found === null ? undefined : accounts.get(found.token.grant.merchantId);
  if (found === null || account === undefined)
    throw new Refused('UNAUTHORIZED', 'This request could not be authorized.');
  if (found.state === 'revoked') throw new Refused('ACCESS_TOKEN_REVOKED', 'The access token has been revoked.');
  if (found.state === 'expired') throw new Refused('ACCESS_TOKEN_EXPIRED', 'The access token has expired.');
  if (!found.token.scopes.includes(scope))
    throw new Refused('INSUFFICIENT_SCOPES', `The merchant has not given your application ${scope}.`);
  return account;
}

/** @throws Refused UNAUTHORIZED unless the bearer is the application itself. */
export function requireApplication({ registration }: Application, request: SandboxRequest): void {
  if (readAuthorization(request, 'Bearer') !== registration.accessToken)
    throw new Refused('UNAUTHORIZED', 'This request could not be authorized.');
}

/** @throws Refused EXPECTED_JSON_BODY */
export function requireJson(request: SandboxRequest): unknown {
  const body = readJson(request);
  if (typeof body !== 'object' || body === null) throw new Refused('EXPECTED_JSON_BODY');
  return body;
}
