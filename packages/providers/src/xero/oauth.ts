import { systemClock } from '@tributary/core/clock';
import type { OAuthClient, RenewalPolicy, TokenSet } from '@tributary/core/token-set';
import * as z from 'zod';
import type { GuardedCall, GuardOptions } from '../fetch/guarded-fetch.ts';
import {
  askForTokens,
  createTokenCall,
  endpoint,
  readCallback,
  token,
  unlessGone,
  unlessRefused,
} from '../fetch/token-endpoint.ts';
import { identifier } from '../fields.ts';

export interface XeroOAuthOptions {
  clientId: string;
  clientSecret: string;
  /** A simulator's. */
  hosts?: XeroHosts;
  scopes?: readonly string[];
  guard?: GuardOptions;
}

export interface XeroHosts {
  loginUrl: string;
  identityUrl: string;
  apiUrl: string;
}

const xeroHosts: XeroHosts = {
  loginUrl: 'https://login.xero.com',
  identityUrl: 'https://identity.xero.com',
  apiUrl: 'https://api.xero.com',
};

const dayMs = 86_400_000;

/** The names of 2026-03-02: an application made since then cannot ask for `accounting.transactions`. */
const readScopes = [
  'offline_access',
  'accounting.contacts.read',
  'accounting.invoices.read',
  'accounting.payments.read',
  'accounting.banktransactions.read',
  'accounting.settings.read',
];

/** Xero's code flow (https://developer.xero.com/documentation/guides/oauth2/auth-flow). One set opens every organisation of a user. */
export function createXeroOAuth(options: XeroOAuthOptions): OAuthClient {
  const { clientId, clientSecret, hosts = xeroHosts, scopes = readScopes } = options;
  const { clock = systemClock } = options.guard ?? {};
  const call = createTokenCall(options.guard);
  const headers = { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
  const ask = async (form: Readonly<Record<string, string>>) => {
    const askedAt = clock();
    const request = { method: 'POST', headers, form, schema: tokenAnswer, oauth: true } as const;
    const answer = await askForTokens(() => call(endpoint(hosts.identityUrl, 'connect/token'), request));
    return toTokenSet(answer.body, askedAt);
  };

  return {
    usesPkce: true,
    scopes,
    regions: [],
    renewal,
    authorizeUrl: ({ state, redirectUrl, codeChallenge }) =>
      endpoint(hosts.loginUrl, 'identity/connect/authorize', {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUrl,
        scope: scopes.join(' '),
        state,
        code_challenge: codeChallenge,
        code_challenge_method: codeChallenge && 'S256',
      }),
    exchange: async ({ callback, codeVerifier, redirectUrl }) => {
      const { code } = readCallback(success, callback);
      const verifier = codeVerifier === undefined ? {} : { code_verifier: codeVerifier };
      const tokens = await ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUrl, ...verifier });
      const authorized = await listAuthorized(call, hosts.apiUrl, tokens.accessToken);
      return { tokens, accounts: authorized.map(toAccount) };
    },
    refresh: async ({ refreshToken }) => {
      const tokens = await ask({ grant_type: 'refresh_token', refresh_token: refreshToken });
      return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
    },
    // 401 is a dead token as well as a scope that was not granted, and bodies that tell them apart are not documented.
    opens: async ({ accountRef, accessToken }) => {
      const held = await unlessRefused(listConnections(call, hosts.apiUrl, accessToken, null), []);
      return held.some(({ tenantId }) => tenantId === accountRef);
    },
    revoke: async ({ accountRef, accessToken, refreshToken }) => {
      const areOthersLeft = await disconnect(call, hosts.apiUrl, accessToken, accountRef);
      // Revoking a token ends every connection of its user, other organisations of ours included.
      if (!areOthersLeft && refreshToken !== null) {
        const form = { token: refreshToken };
        const url = endpoint(hosts.identityUrl, 'connect/revocation');
        await call(url, { method: 'POST', headers, form, schema: z.unknown(), oauth: true });
      }
      return 'revoked';
    },
  };
}

/** A refresh token dies after 60 idle days; a former one works for 30 minutes (https://community.xero.com/developer/discussion/127920775). */
export const renewal: RenewalPolicy = {
  renewAfterMs: 30 * dayMs,
  alertAfterMs: 45 * dayMs,
  idleLimitMs: 60 * dayMs,
  rotates: true,
  formerTokenGraceMs: 30 * 60_000,
};

const success = z.object({ code: z.string().min(1).max(2048) });

const tokenAnswer = z.object({
  access_token: token,
  expires_in: z.int().positive().max(31_536_000),
  refresh_token: token.nullish(),
  scope: z.string().nullish(),
});

/** https://developer.xero.com/documentation/guides/oauth2/tenants */
const connection = z.object({
  id: z.uuid(),
  tenantId: identifier,
  tenantType: z.string(),
  tenantName: z.string().max(255).nullish(),
});
type Connection = z.output<typeof connection>;

const toAccount = ({ tenantId, tenantName }: Connection) => ({ accountRef: tenantId, name: tenantName ?? null });

/**
 * The organisations just authorised. Who has authorised them before may pass Xero's page without picking one again: then
 * none carries the event's id, and all that the user lets us into are theirs to choose from.
 */
async function listAuthorized(call: GuardedCall, apiUrl: string, accessToken: string): Promise<Connection[]> {
  const eventId = readAuthEventId(accessToken);
  const picked = eventId === null ? [] : await listConnections(call, apiUrl, accessToken, eventId);
  const offered = picked.length > 0 ? picked : await listConnections(call, apiUrl, accessToken, null);
  return offered.filter(({ tenantType }) => tenantType === 'ORGANISATION');
}

async function listConnections(
  call: GuardedCall,
  apiUrl: string,
  accessToken: string,
  authEventId: string | null,
): Promise<Connection[]> {
  const url = endpoint(apiUrl, 'connections', { authEventId: authEventId ?? undefined });
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await call(url, { headers, schema: z.array(connection) })).body;
}

/** Ends what connects us to one organisation. Whether the user lets us into another. */
async function disconnect(
  call: GuardedCall,
  apiUrl: string,
  accessToken: string,
  accountRef: string,
): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const held = await listConnections(call, apiUrl, accessToken, null);
  for (const { id } of held.filter(({ tenantId }) => tenantId === accountRef)) {
    const url = endpoint(apiUrl, `connections/${id}`);
    await call(url, { method: 'DELETE', headers, schema: z.unknown() }).catch(unlessGone);
  }
  return held.some(({ tenantId }) => tenantId !== accountRef);
}

const claims = z.object({ authentication_event_id: z.uuid() });

/**
 * The token's signature is not checked: it came over TLS from the token endpoint itself, and the claim only narrows a list that
 * Xero makes for this very token. A false claim could show fewer organisations, never another user's.
 */
function readAuthEventId(accessToken: string): string | null {
  try {
    const payload = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8');
    return claims.parse(JSON.parse(payload)).authentication_event_id;
  } catch {
    // Not a JWT, or without the claim.
    return null;
  }
}

/** Counted from before the question: a token is never thought to last longer than it does. */
function toTokenSet(answer: z.output<typeof tokenAnswer>, askedAt: Date): TokenSet {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? null,
    accessExpiresAt: new Date(askedAt.getTime() + answer.expires_in * 1000),
    refreshExpiresAt: null,
    scopes: answer.scope?.split(' ').filter((scope) => scope !== '') ?? null,
  };
}
