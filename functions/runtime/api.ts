import type { Database } from '@tributary/db/connection';
import type { ConsumerContext } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { createApp } from '@tributary/http/app';
import { type Consumer, consumerAuthenticator, jwtAuthenticator } from '@tributary/http/authenticate';
import { type LambdaResult, toLambda } from '@tributary/http/lambda';
import type { Context, Route } from '@tributary/http/route';
import { secretKey, setting } from './config.ts';
import { database } from './database.ts';

/** What every API is composed with. */
export interface ApiDeps {
  database: Database;
  /** Signs the cursors of lists; 32 bytes. */
  cursorKey: Uint8Array;
}

/** The caller's organization, as the verbs want it. */
export function tenantOf({ auth, database }: Context<ApiDeps>): TenantContext {
  return { database, orgId: auth.orgId };
}

/** The consumer who calls, as the verbs want them. */
export function consumerOf({ auth, database }: Context<ApiDeps, Consumer>): ConsumerContext {
  return { database, contacts: auth.contacts };
}

type Handler = (event: unknown) => Promise<LambdaResult>;

/**
 * The Lambda handler of an API for members: this stage's tokens, database and keys in front of its routes.
 * @param own what its routes need beside that
 */
export function apiHandler<Own extends object>(
  title: string,
  routes: readonly Route<ApiDeps & Own>[],
  own: Own,
): Handler {
  return composedLate(() =>
    createApp({
      title,
      routes,
      authenticate: jwtAuthenticator(tokenSettings()),
      deps: { ...dependencies('api'), ...own },
    }),
  );
}

/** The same for consumers: their tokens, and a login to which organizations are closed. */
export function consumerHandler(title: string, routes: readonly Route<ApiDeps, Consumer>[]): Handler {
  return composedLate(() =>
    createApp({ title, routes, authenticate: consumerAuthenticator(tokenSettings()), deps: dependencies('consumer') }),
  );
}

/** Reads the configuration at the first request, so that a module with routes can be imported where there is none. */
function composedLate(compose: () => Parameters<typeof toLambda>[0]): Handler {
  let composed: ReturnType<typeof toLambda> | undefined;
  return (event) => {
    composed ??= toLambda(compose());
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

function dependencies(login: 'api' | 'consumer'): ApiDeps {
  return { database: database(login), cursorKey: secretKey('CursorKey') };
}
