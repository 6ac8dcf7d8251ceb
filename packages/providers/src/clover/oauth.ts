import { invalidFields } from '@tributary/core/errors';
import type { AuthorizedAccount, OAuthClient, RenewalPolicy, TokenSet } from '@tributary/core/token-set';
import * as z from 'zod';
import type { GuardedCall, GuardOptions } from '../fetch/guarded-fetch.ts';
import { ProviderError } from '../fetch/provider-error.ts';
import {
  askForTokens,
  createTokenCall,
  endpoint,
  readCallback,
  token,
  unlessRefused,
} from '../fetch/token-endpoint.ts';

export interface CloverHosts {
  /** Where browsers are sent. */
  authorizeUrl: string;
  /** Where tokens and the REST API are. */
  apiUrl: string;
}

/** https://docs.clover.com/dev/docs/high-trust-app-auth-flow, "Sandbox and production environment URLs". */
export const cloverRegions = {
  us: { authorizeUrl: 'https://www.clover.com', apiUrl: 'https://api.clover.com' },
  eu: { authorizeUrl: 'https://www.eu.clover.com', apiUrl: 'https://api.eu.clover.com' },
  la: { authorizeUrl: 'https://www.la.clover.com', apiUrl: 'https://api.la.clover.com' },
  sandbox: { authorizeUrl: 'https://sandbox.dev.clover.com', apiUrl: 'https://apisandbox.dev.clover.com' },
} as const satisfies Record<string, CloverHosts>;

export interface CloverOAuthOptions {
  clientId: string;
  clientSecret: string;
  /** Those that merchants may come from: Clover's three unless told. */
  regions?: Readonly<Record<string, CloverHosts>>;
  guard?: GuardOptions;
}

const { sandbox: _, ...production } = cloverRegions;

/**
 * Clover's flow for applications that keep a secret (https://docs.clover.com/dev/docs/high-trust-app-auth-flow). PKCE is its other
 * flow, for those that keep none. Needs the permission to read the merchant.
 */
export function createCloverOAuth(options: CloverOAuthOptions): OAuthClient {
  const { clientId, clientSecret, regions = production } = options;
  const call = createTokenCall(options.guard);
  const ask = (region: string | undefined, path: string, json: object) => {
    const url = endpoint(hostsOf(regions, region).apiUrl, path);
    return askForTokens(() => call(url, { method: 'POST', json, schema: pair, oauth: true }));
  };

  return {
    usesPkce: false,
    scopes: [],
    regions: Object.keys(regions),
    renewal,
    authorizeUrl: ({ state, redirectUrl, region }) =>
      endpoint(hostsOf(regions, region).authorizeUrl, 'oauth/v2/authorize', {
        client_id: clientId,
        redirect_uri: redirectUrl,
        state,
      }),
    exchange: async ({ callback, region }) => {
      const { code, merchant_id: merchantId, client_id: calledId = clientId } = readCallback(success, callback);
      if (calledId !== clientId) throw new ProviderError('invalid_response', 'the redirect is of another application');
      const json = { client_id: clientId, client_secret: clientSecret, code };
      const tokens = toTokenSet((await ask(region, 'oauth/v2/token', json)).body);
      const account = await readMerchant(call, hostsOf(regions, region).apiUrl, merchantId, tokens.accessToken);
      return { tokens, accounts: [account] };
    },
    refresh: async ({ refreshToken, mayBeReplaced = false, region }) => {
      const json = { client_id: clientId, refresh_token: refreshToken };
      const answer = await ask(region, 'oauth/v2/refresh', json).catch((error: unknown) => {
        if (!mayBeReplaced || !isUnauthorized(error)) throw error;
        // Not tried without need: it kills the pair that another may have stored by now.
        const recovery = { client_id: clientId, client_secret: clientSecret, recovery_token: refreshToken };
        return ask(region, 'oauth/v2/recovery', recovery);
      });
      return toTokenSet(answer.body);
    },
    // 401 is a dead token as well as a missing permission (https://docs.clover.com/dev/docs/401-unauthorized).
    opens: async ({ accountRef, accessToken, region }) => {
      // A token that was given by hand is of no region: as for its calls, the first.
      const { apiUrl } = hostsOf(regions, region ?? Object.keys(regions)[0]);
      return (await unlessRefused(readMerchant(call, apiUrl, accountRef, accessToken), null)) !== null;
    },
    revoke: async () => 'by_merchant_only',
  };
}

/** A refresh token works once; the one before it recovers a lost pair for two weeks, until the new one is used. */
export const renewal: RenewalPolicy = {
  renewAfterMs: null,
  alertAfterMs: null,
  idleLimitMs: null,
  rotates: true,
  formerTokenGraceMs: 14 * 86_400_000,
};

const merchantReference = z.string().regex(/^[A-Za-z0-9]{1,64}$/);

const success = z.object({
  code: z.string().min(1).max(2048),
  merchant_id: merchantReference,
  client_id: z.string().optional(),
});

/** Unix seconds. Milliseconds would be a token that ends in 55,000 years, and is never renewed. */
const unixTime = z
  .int()
  .positive()
  .max(8.64e15)
  .transform((time) => new Date(time < 1e11 ? time * 1000 : time));

/** https://docs.clover.com/dev/docs/refresh-access-tokens */
const pair = z.object({
  access_token: token,
  access_token_expiration: unixTime,
  refresh_token: token,
  refresh_token_expiration: unixTime,
});

const merchant = z.object({ id: merchantReference, name: z.string().max(255).nullish() });

function hostsOf(regions: Readonly<Record<string, CloverHosts>>, region: string | undefined): CloverHosts {
  const hosts = region !== undefined && Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (hosts) return hosts;
  throw invalidFields([{ path: 'region', message: `must be one of: ${Object.keys(regions).join(', ')}` }]);
}

/**
 * Who authorised. The redirect names the merchant in its query, where whoever holds the browser can write another's id and would
 * receive that merchant's events: only a merchant that the token opens is theirs.
 */
async function readMerchant(
  call: GuardedCall,
  apiUrl: string,
  merchantId: string,
  accessToken: string,
): Promise<AuthorizedAccount> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const { body } = await call(endpoint(apiUrl, `v3/merchants/${merchantId}`), { headers, schema: merchant });
  if (body.id !== merchantId) throw new ProviderError('unauthorized', 'Clover lets us in at another merchant');
  return { accountRef: body.id, name: body.name ?? null };
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'unauthorized';
}

function toTokenSet(answer: z.output<typeof pair>): TokenSet {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    accessExpiresAt: answer.access_token_expiration,
    refreshExpiresAt: answer.refresh_token_expiration,
    scopes: null,
  };
}
