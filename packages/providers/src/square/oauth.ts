import type { OAuthClient, RefreshRequest, RenewalPolicy, TokenSet } from '@tributary/core/token-set';
import * as z from 'zod';
import type { GuardedCall, GuardOptions } from '../fetch/guarded-fetch.ts';
import { ProviderError } from '../fetch/provider-error.ts';
import { askForTokens, createTokenCall, endpoint, readCallback, token, unlessGone } from '../fetch/token-endpoint.ts';
import { identifier, timestamp } from '../fields.ts';

export interface SquareOAuthOptions {
  clientId: string;
  clientSecret: string;
  /** `https://connect.squareupsandbox.com`, or a simulator's. */
  baseUrl?: string;
  scopes?: readonly string[];
  guard?: GuardOptions;
}

const dayMs = 86_400_000;
const apiVersion = '2026-09-16';
const readScopes = ['MERCHANT_PROFILE_READ', 'PAYMENTS_READ', 'ORDERS_READ', 'CUSTOMERS_READ'];

/**
 * Square's code flow (https://developer.squareup.com/docs/oauth-api/overview). Without PKCE: that flow is for applications that
 * keep no secret, and its refresh tokens work once and 90 days.
 */
export function createSquareOAuth(options: SquareOAuthOptions): OAuthClient {
  const { clientId, clientSecret, baseUrl = 'https://connect.squareup.com', scopes = readScopes } = options;
  const call = createTokenCall(options.guard);
  const at = (path: string) => endpoint(baseUrl, path);
  const application = { client_id: clientId, client_secret: clientSecret };
  const obtainToken = async (grant: Readonly<Record<string, string>>) => {
    const json = { ...application, ...grant };
    const request = { method: 'POST', headers: version, json, schema: obtained, oauth: true } as const;
    return (await askForTokens(() => call(at('oauth2/token'), request))).body;
  };

  return {
    usesPkce: false,
    scopes,
    regions: [],
    renewal,
    authorizeUrl: ({ state, redirectUrl }) =>
      endpoint(baseUrl, 'oauth2/authorize', {
        client_id: clientId,
        scope: scopes.join(' '),
        // Everybody logs in: who sits at the till is not always who may decide. Square's sandbox does not know it.
        session: baseUrl.includes('squareupsandbox.com') ? undefined : 'false',
        state,
        redirect_uri: redirectUrl,
      }),
    exchange: async ({ callback, redirectUrl }) => {
      const { code } = readCallback(success, callback);
      const answer = await obtainToken({ grant_type: 'authorization_code', code, redirect_uri: redirectUrl });
      // The code is used up: not to know the scopes is no reason to lose the tokens.
      const status = await askStatus(call, at, answer.access_token).catch(orNull);
      return {
        tokens: toTokenSet(answer, status?.scopes ?? null),
        accounts: [{ accountRef: answer.merchant_id, name: null }],
      };
    },
    refresh: async (request) => {
      const { refreshToken } = request;
      const answer = await obtainToken({ grant_type: 'refresh_token', refresh_token: refreshToken }).catch((error) =>
        rethrowConfirmed(error, request, (accessToken) => askStatus(call, at, accessToken)),
      );
      return toTokenSet({ ...answer, refresh_token: answer.refresh_token ?? refreshToken }, null);
    },
    revoke: async ({ accountRef }) => {
      const headers = { ...version, authorization: `Client ${clientSecret}` };
      const json = { client_id: clientId, merchant_id: accountRef };
      await call(at('oauth2/revoke'), { method: 'POST', headers, json, schema: revoked }).catch(unlessGone);
      return 'revoked';
    },
  };
}

/** Square asks to renew within 7 days and to alert after 8 (docs/oauth-api/refresh-revoke-limit-scope). */
export const renewal: RenewalPolicy = {
  renewAfterMs: 6 * dayMs,
  alertAfterMs: 8 * dayMs,
  idleLimitMs: null,
  rotates: false,
  formerTokenGraceMs: 0,
};

const version = { 'square-version': apiVersion };

const success = z.object({ code: z.string().min(1).max(2048) });

/** ObtainTokenResponse (https://developer.squareup.com/reference/square/o-auth-api/obtain-token). */
const obtained = z.object({
  access_token: token,
  expires_at: timestamp,
  merchant_id: identifier,
  refresh_token: token.nullish(),
  refresh_token_expires_at: timestamp.nullish(),
});

/** RetrieveTokenStatusResponse. */
const tokenStatus = z.object({ scopes: z.array(z.string()) });

const revoked = z.object({ success: z.literal(true) });

type At = (path: string) => URL;

async function askStatus(call: GuardedCall, at: At, accessToken: string): Promise<z.output<typeof tokenStatus>> {
  const headers = { ...version, authorization: `Bearer ${accessToken}` };
  return (await call(at('oauth2/token/status'), { method: 'POST', headers, schema: tokenStatus })).body;
}

function orNull(error: unknown): null {
  if (error instanceof ProviderError) return null;
  throw error;
}

/**
 * Square answers a wrong application secret and a dead refresh token alike, 401 `service.not_authorized`
 * (https://developer.squareup.com/forums/t/5568 and …/t/11056). A secret of ours must not disconnect every merchant, so the refusal
 * counts when the access token is dead too: revoking ends both.
 */
async function rethrowConfirmed(
  refusal: unknown,
  { accessToken }: RefreshRequest,
  ask: (accessToken: string) => Promise<unknown>,
): Promise<never> {
  const isRefused = refusal instanceof ProviderError && refusal.kind === 'unauthorized';
  if (!isRefused || accessToken === undefined) throw refusal;
  await ask(accessToken).catch((error: unknown) => {
    throw error instanceof ProviderError && error.status === 401 ? refusal : error;
  });
  throw new ProviderError('unavailable', 'Square renews no token although the merchant still lets us in', {
    status: refusal.status,
    oauthError: 'invalid_client',
  });
}

function toTokenSet(answer: z.output<typeof obtained>, granted: readonly string[] | null): TokenSet {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? null,
    accessExpiresAt: new Date(answer.expires_at),
    refreshExpiresAt: answer.refresh_token_expires_at ? new Date(answer.refresh_token_expires_at) : null,
    scopes: granted,
  };
}
