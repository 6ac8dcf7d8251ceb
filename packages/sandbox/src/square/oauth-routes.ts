import * as z from 'zod';
import { type Reply, type RoutedRequest, readAuthorization } from '../kernel/message.ts';
import type { Route } from '../kernel/routes.ts';
import { requireJson } from './access.ts';
import type { Application } from './application.ts';
import { Refused, refusing } from './errors.ts';
import type { TokenSet } from './grants.ts';

const defaultScope = 'MERCHANT_PROFILE_READ PAYMENTS_READ SETTLEMENTS_READ BANK_ACCOUNTS_READ';

const tokenRequest = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().optional(),
  grant_type: z.enum(['authorization_code', 'refresh_token']),
  code: z.string().optional(),
  refresh_token: z.string().optional(),
  redirect_uri: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  short_lived: z.boolean().optional(),
});

const revocation = z.looseObject({
  client_id: z.string(),
  access_token: z.string().optional(),
  merchant_id: z.string().optional(),
  revoke_only_access_token: z.boolean().optional(),
});

/** @see https://developer.squareup.com/reference/square/o-auth-api */
export function createOAuthRoutes(application: Application): Route[] {
  const on = (handle: (application: Application, request: RoutedRequest) => Reply) =>
    refusing((request: RoutedRequest) => handle(application, request));
  return [
    { method: 'GET', path: '/oauth2/authorize', handle: on(authorize) },
    { method: 'POST', path: '/oauth2/token', handle: on(obtainToken) },
    { method: 'POST', path: '/oauth2/revoke', handle: on(revokeToken) },
    { method: 'POST', path: '/oauth2/token/status', handle: on(tokenStatus) },
  ];
}

/** The permission page, with a merchant who has made up their mind. */
function authorize({ registration, grants, consent, accounts }: Application, { query }: RoutedRequest): Reply {
  if (query.get('client_id') !== registration.clientId) throw new Refused('BAD_REQUEST', undefined, 'client_id');
  const redirectUri = query.get('redirect_uri');
  if (redirectUri !== null && redirectUri !== registration.redirectUrl)
    throw new Refused('BAD_REQUEST', 'The redirect URL is not the registered one.', 'redirect_uri');
  const target = new URL(registration.redirectUrl);
  const decided = consent();
  if (decided.kind === 'deny') {
    target.searchParams.set('error', 'access_denied');
    target.searchParams.set('error_description', 'user_denied');
  } else {
    if (!accounts.has(decided.merchantId)) throw new Error(`The sandbox has no merchant ${decided.merchantId}.`);
    const asked = (query.get('scope') ?? defaultScope).split(/[ +]/).filter((scope) => scope !== '');
    const granted = decided.scopes === undefined ? asked : asked.filter((scope) => decided.scopes?.includes(scope));
    target.searchParams.set('code', grants.issueCode(decided.merchantId, granted, redirectUri));
    target.searchParams.set('response_type', 'code');
  }
  const state = query.get('state');
  if (state !== null) target.searchParams.set('state', state);
  return { status: 302, headers: { location: target.href }, body: null };
}

function obtainToken({ registration, grants }: Application, request: RoutedRequest): Reply {
  const body = parse(tokenRequest, requireJson(request));
  if (body.client_id !== registration.clientId || body.client_secret !== registration.clientSecret)
    throw new Refused('UNAUTHORIZED', 'The client is not known, or its secret is another.');
  if (body.redirect_uri !== undefined && body.redirect_uri !== registration.redirectUrl)
    throw new Refused('UNAUTHORIZED', 'The redirect URL is not the registered one.', 'redirect_uri');
  const asked = { scopes: body.scopes, isShortLived: body.short_lived };
  const field = body.grant_type === 'authorization_code' ? 'code' : 'refresh_token';
  const credential = body[field];
  if (credential === undefined) throw new Refused('MISSING_REQUIRED_PARAMETER', undefined, field);
  const tokens =
    field === 'code'
      ? grants.redeemCode(credential, body.redirect_uri ?? null, asked)
      : grants.refresh(credential, asked);
  if (tokens === null) throw new Refused('UNAUTHORIZED', `The ${field} is not valid.`);
  return { status: 200, body: tokensOnWire(tokens) };
}

function tokensOnWire(tokens: TokenSet): object {
  return {
    access_token: tokens.accessToken,
    token_type: 'bearer',
    expires_at: toSeconds(tokens.expiresAt),
    merchant_id: tokens.merchantId,
    refresh_token: tokens.refreshToken,
    short_lived: tokens.isShortLived,
  };
}

function revokeToken(application: Application, request: RoutedRequest): Reply {
  const { registration, grants } = application;
  if (readAuthorization(request, 'Client') !== registration.clientSecret) throw new Refused('UNAUTHORIZED');
  const body = parse(revocation, requireJson(request));
  if (body.client_id !== registration.clientId) throw new Refused('UNAUTHORIZED');
  const { access_token: accessToken, merchant_id: merchantId } = body;
  if ((accessToken === undefined) === (merchantId === undefined))
    throw new Refused('BAD_REQUEST', 'Either access_token or merchant_id.');
  const found = accessToken === undefined ? null : grants.find(accessToken);
  const owner = merchantId ?? found?.token.grant.merchantId;
  if (owner === undefined || !application.accounts.has(owner)) throw new Refused('NOT_FOUND');
  if (body.revoke_only_access_token === true) grants.revokeAccessToken(accessToken ?? '');
  else application.revoke(owner, 'APPLICATION');
  return { status: 200, body: { success: true } };
}

function tokenStatus({ registration, grants }: Application, request: RoutedRequest): Reply {
  const found = grants.find(readAuthorization(request, 'Bearer') ?? '');
  if (found?.state !== 'live') throw new Refused('UNAUTHORIZED', 'The access token is not valid.');
  const { scopes, expiresAt, grant } = found.token;
  const status = { scopes, expires_at: toSeconds(expiresAt), client_id: registration.clientId };
  return { status: 200, body: { ...status, merchant_id: grant.merchantId } };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new Refused('BAD_REQUEST', 'The request is not understood.', read.error.issues[0]?.path.join('.'));
}

/** Square writes expiries in whole seconds. */
function toSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
