import type { Database } from '@tributary/db/connection';
import type { TenantContext } from '@tributary/db/transaction';
import { createApp } from '@tributary/http/app';
import { jwtAuthenticator } from '@tributary/http/authenticate';
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

/**
 * The Lambda handler of an API: this stage's tokens, database and keys in front of its routes. Reads the configuration at the first
 * request, so that a module with routes can be imported where there is none.
 */
export function apiHandler(
  title: string,
  routes: readonly Route<ApiDeps>[],
): (event: unknown) => Promise<LambdaResult> {
  let composed: ReturnType<typeof toLambda> | undefined;
  return (event) => {
    composed ??= toLambda(createApp({ title, routes, authenticate: authenticator(), deps: dependencies() }));
    return composed(event);
  };
}

function authenticator() {
  return jwtAuthenticator({
    issuer: setting('JWT_ISSUER'),
    audience: setting('JWT_AUDIENCE'),
    jwksUrl: setting('JWKS_URL'),
  });
}

function dependencies(): ApiDeps {
  return { database: database('api'), cursorKey: secretKey('CursorKey') };
}
