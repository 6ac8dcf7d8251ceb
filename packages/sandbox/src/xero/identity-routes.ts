import { type Reply, type RoutedRequest, readAuthorization, readForm, type SandboxRequest } from '../kernel/message.ts';
import type { Route } from '../kernel/routes.ts';
import type { Access } from './access.ts';
import type { XeroApp } from './app.ts';
import type { Connection, Connections } from './connections.ts';
import type { Consent } from './consent.ts';
import { notFound, tokenError } from './errors.ts';
import type { Organisation } from './organisation.ts';
import type { Tokens } from './tokens.ts';

export interface IdentityParties {
  readonly app: XeroApp;
  readonly consent: Consent;
  readonly tokens: Tokens;
  readonly connections: Connections;
  readonly organisations: ReadonlyMap<string, Organisation>;
  readonly access: Access;
}

/** What login.xero.com, identity.xero.com and api.xero.com/connections answer, all on one host. */
export function identityRoutes(parties: IdentityParties): Route[] {
  return [
    { method: 'GET', path: '/identity/connect/authorize', handle: parties.consent.authorize },
    { method: 'POST', path: '/connect/token', handle: (request) => answerToken(parties, request) },
    { method: 'POST', path: '/connect/revocation', handle: (request) => answerRevocation(parties, request) },
    ...['/connections', '/Connections'].flatMap((path): Route[] => [
      { method: 'GET', path, handle: (request) => answerConnections(parties, request) },
      { method: 'DELETE', path: `${path}/:id`, handle: (request) => answerDisconnection(parties, request) },
    ]),
  ];
}

function answerToken(parties: IdentityParties, request: RoutedRequest): Reply {
  if (!isApp(parties.app, request)) return tokenError('invalid_client');
  const form = readForm(request);
  const grants: Record<string, () => object | null> = {
    authorization_code: () => {
      const grant = parties.consent.redeem({
        code: form.get('code') ?? '',
        redirectUri: form.get('redirect_uri'),
        verifier: form.get('code_verifier'),
      });
      return grant === null ? null : parties.tokens.issue(grant);
    },
    refresh_token: () => parties.tokens.refresh(form.get('refresh_token') ?? ''),
  };
  const type = form.get('grant_type');
  if (type === null) return tokenError('invalid_request');
  if (!Object.hasOwn(grants, type)) return tokenError('unsupported_grant_type');
  const issued = grants[type]?.() ?? null;
  if (issued === null) return tokenError('invalid_grant');
  return { status: 200, headers: { 'cache-control': 'no-store, no-cache, max-age=0' }, body: issued };
}

/** Of a token that is none, it says nothing: RFC 7009, section 2.2. */
function answerRevocation({ app, tokens, connections }: IdentityParties, request: RoutedRequest): Reply {
  if (!isApp(app, request)) return tokenError('invalid_client');
  const userId = tokens.ownerOf(readForm(request).get('token') ?? '');
  if (userId !== null) {
    tokens.revoke(userId);
    connections.disconnect({ userId });
  }
  return { status: 200, body: null };
}

function answerConnections({ access, connections, organisations }: IdentityParties, request: RoutedRequest): Reply {
  const entered = access.byToken(request, null);
  if ('refusal' in entered) return entered.refusal;
  const authEventId = request.query.get('authEventId');
  const held = connections
    .of(entered.grant.userId)
    .filter((connection) => authEventId === null || connection.authEventId === authEventId);
  return { status: 200, body: held.map((connection) => toWire(connection, organisations)) };
}

function answerDisconnection({ access, connections }: IdentityParties, request: RoutedRequest): Reply {
  const entered = access.byToken(request, null);
  if ('refusal' in entered) return entered.refusal;
  const broken = connections.disconnect({ id: request.params.id ?? '', userId: entered.grant.userId });
  return broken === 0 ? notFound : { status: 204, body: null };
}

function toWire(connection: Connection, organisations: ReadonlyMap<string, Organisation>): object {
  return {
    id: connection.id,
    authEventId: connection.authEventId,
    tenantId: connection.tenantId,
    tenantType: 'ORGANISATION',
    tenantName: organisations.get(connection.tenantId)?.name,
    createdDateUtc: toTicks(connection.createdMs),
    updatedDateUtc: toTicks(connection.updatedMs),
  };
}

/** `2019-12-07T18:46:19.5165400`: UTC without saying so. */
function toTicks(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}0000`;
}

function isApp({ clientId, clientSecret }: XeroApp, request: SandboxRequest): boolean {
  const given = Buffer.from(readAuthorization(request, 'Basic') ?? '', 'base64').toString('utf8');
  return given === `${clientId}:${clientSecret}`;
}
