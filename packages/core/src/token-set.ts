/** What lets us in at a provider. One set may serve many accounts (Xero). */
export interface TokenSet {
  accessToken: string;
  /** Null when the provider gives none: access ends with the access token. */
  refreshToken: string | null;
  accessExpiresAt: Date;
  /** Null when it does not end by itself, or ends only when it lies idle (`RenewalPolicy.idleLimitMs`). */
  refreshExpiresAt: Date | null;
  /** What was granted; null when the answer does not say: then what was known before still holds. */
  scopes: readonly string[] | null;
}

/** An account that somebody has just let us into. */
export interface AuthorizedAccount {
  /** The provider's id of the merchant or organisation: what events are routed by. */
  accountRef: string;
  name: string | null;
}

export interface Authorized {
  tokens: TokenSet;
  /** The accounts this authorisation is about; the tokens may open others too. */
  accounts: readonly AuthorizedAccount[];
}

/** When a set must be renewed although nobody needs it. Besides, an access token is renewed before `accessExpiresAt`. */
export interface RenewalPolicy {
  /** Since the last renewal; null where `refreshExpiresAt` alone says it. */
  renewAfterMs: number | null;
  /** Not renewed for so long: somebody should know. */
  alertAfterMs: number | null;
  /** A refresh token dies when it is not used for so long. */
  idleLimitMs: number | null;
  /** Whether a renewal replaces the refresh token. */
  rotates: boolean;
  /** How long after it was replaced a refresh token brings a lost answer back (`RefreshRequest.mayBeReplaced`). */
  formerTokenGraceMs: number;
}

export interface AuthorizeRequest {
  state: string;
  redirectUrl: string;
  /** S256 of the verifier, where `usesPkce`. */
  codeChallenge?: string;
  /** One of `regions`, where there are any. */
  region?: string;
}

export interface ExchangeRequest {
  /** The parameters of the redirect. Whose `state` it is has been checked before. */
  callback: Readonly<Record<string, string>>;
  codeVerifier?: string;
  /** As in the AuthorizeRequest. */
  redirectUrl: string;
  region?: string;
}

export interface RefreshRequest {
  refreshToken: string;
  /** The set's access token, expired or not: what it still opens tells a revoked authorisation from a wrong application secret. */
  accessToken?: string;
  /** An attempt with this token ended without an answer: it may have been replaced, and what replaced it was lost. */
  mayBeReplaced?: boolean;
  region?: string;
}

export interface RevokeRequest {
  accountRef: string;
  /** Not expired: renew it first. */
  accessToken: string;
  refreshToken: string | null;
  region?: string;
}

export type OpensRequest = Pick<RevokeRequest, 'accountRef' | 'accessToken' | 'region'>;

/** How a provider lets us in. Every method that asks it throws `ProviderError`. */
export interface OAuthClient {
  usesPkce: boolean;
  /** What is asked for; empty where the provider does not let us ask. */
  scopes: readonly string[];
  /** Where the provider keeps its accounts; empty when it does not matter. */
  regions: readonly string[];
  renewal: RenewalPolicy;
  /** @throws AppError `validation_failed` for a region that is none */
  authorizeUrl(request: AuthorizeRequest): URL;
  /**
   * Trades the code of a redirect for tokens. A code works once and for minutes: what failed is authorised anew.
   * `unauthorized`: refused, by the person (`oauthError` is `access_denied`) or by the provider.
   */
  exchange(request: ExchangeRequest): Promise<Authorized>;
  /**
   * A new set. `unauthorized` only when the provider itself says that this refresh token is no good: whatever else goes wrong
   * says nothing about it, but may have replaced it.
   */
  refresh(request: RefreshRequest): Promise<TokenSet>;
  /**
   * Whether an access token still lets us into an account, when it was refused for something. Only where a refusal itself does not say
   * whether the token is dead or opens less than was asked for.
   */
  opens?(request: OpensRequest): Promise<boolean>;
  /**
   * Ends our access to one account, and the set when it opens no other. What has ended already is `revoked`, or `unauthorized`
   * where the token itself is dead. `by_merchant_only`: the provider has no way; the merchant removes the application there.
   */
  revoke(request: RevokeRequest): Promise<'revoked' | 'by_merchant_only'>;
}
