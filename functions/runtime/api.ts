import type { ActingContext } from '@tributary/audit/acting';
import { type KeyEnvironment, keyEnvironment } from '@tributary/core/api-key';
import type { Database } from '@tributary/db/connection';
import type { ConsumerContext } from '@tributary/db/read';
import type { TenantContext, TenantTransaction } from '@tributary/db/transaction';
import type { AccessTable } from '@tributary/http/access';
import type { KeySettings } from '@tributary/http/api-key';
import { createApp } from '@tributary/http/app';
import { type Consumer, consumerAuthenticator, memberAuthenticator } from '@tributary/http/authenticate';
import { type LambdaResult, toLambda } from '@tributary/http/lambda';
import type { Context, Route, Situation } from '@tributary/http/route';
import { findApiKey } from '@tributary/identity/api-key/find-api-key';
import { usesOfConsumer } from '../api/limits.ts';
import { ConfigurationError, secretKey, setting } from './config.ts';
import { database } from './database.ts';
import { allowedOrigins, edge, limitsOn, memberLimits } from './edge.ts';

/** What every API is composed with. */
export interface ApiDeps {
  database: Database;
  /** Signs the cursors of lists; 32 bytes. */
  cursorKey: Uint8Array;
}

/** What every API for members is composed with. */
export interface MemberApiDeps extends ApiDeps {
  /** Whether API keys of this stage are for production. */
  keyEnvironment: KeyEnvironment;
}

/** The caller's organization, as the verbs want it. */
export function tenantOf({ auth, database }: Situation<ApiDeps>): TenantContext {
  return { database, orgId: auth.orgId };
}

/** Who calls and from where, acting now in a transaction, as the verbs want them. */
export function actingIn({ auth, client }: Context<ApiDeps>, tx: TenantTransaction): ActingContext & { now: Date } {
  return { tx, actor: auth.subject, client, now: new Date() };
}

/** The consumer who calls, as the verbs want them. */
export function consumerOf({ auth, database }: Context<ApiDeps, Consumer>): ConsumerContext {
  return { database, contacts: auth.contacts };
}

export type Handler = (event: unknown) => Promise<LambdaResult>;

/**
 * The Lambda handler of an API for members: this stage's tokens, API keys and database in front of its routes.
 * @param access who may call each of them
 * @param own what its routes need beside that
 */
export function apiHandler<Own extends object>(
  title: string,
  routes: readonly Route<MemberApiDeps & Own>[],
  access: AccessTable,
  own: Own,
): Handler {
  return composedLate(() =>
    createApp({
      title,
      routes,
      access,
      authenticate: memberAuthenticator(tokenSettings(), keySettings()),
      deps: { ...dependencies('api'), keyEnvironment: stageOfKeys(), ...own },
      limits: memberLimits(database('api')),
      origins: allowedOrigins(),
    }),
  );
}

/** The same for consumers: their tokens, and a login to which organizations are closed; `identity` where people are asked who they are. */
export function consumerHandler(
  title: string,
  routes: readonly Route<ApiDeps, Consumer>[],
  access: AccessTable,
  login: 'consumer' | 'identity' = 'consumer',
): Handler {
  return composedLate(() =>
    createApp({
      title,
      routes,
      access,
      authenticate: consumerAuthenticator(tokenSettings()),
      deps: dependencies(login),
      limits: limitsOn(database(login), usesOfConsumer),
      origins: allowedOrigins(),
    }),
  );
}

/** Reads the configuration at the first request, so that a module with routes can be imported where there is none. */
export function composedLate(compose: () => Parameters<typeof toLambda>[0]): Handler {
  let composed: ReturnType<typeof toLambda> | undefined;
  return (event) => {
    composed ??= toLambda(compose(), edge());
    return composed(event);
  };
}

function tokenSettings() {
  return {
    issuer: setting('JWT_ISSUER'),
    audience: setting('JWT_AUDIENCE'),
    jwksUrl: setting('JWKS_URL'),
  };
}

function keySettings(): KeySettings {
  return { environment: stageOfKeys(), find: (key) => findApiKey(database('api'), key) };
}

function stageOfKeys(): KeyEnvironment {
  const { data } = keyEnvironment.safeParse(setting('API_KEY_ENVIRONMENT'));
  if (data === undefined) throw new ConfigurationError('API_KEY_ENVIRONMENT', 'live or test');
  return data;
}

function dependencies(login: 'api' | 'consumer' | 'identity'): ApiDeps {
  return { database: database(login), cursorKey: secretKey('CursorKey') };
}
