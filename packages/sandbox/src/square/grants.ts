import type { Random } from '../kernel/random.ts';
import { later, type Timeline } from '../kernel/timeline.ts';

const codeLifetimeMs = 5 * 60_000;
const dayMs = 24 * 60 * 60_000;

/** A merchant's authorization of the application: one refresh token, and the access tokens made with it. */
interface Grant {
  readonly merchantId: string;
  readonly scopes: readonly string[];
  readonly refreshToken: string;
  isRevoked: boolean;
}

interface AccessToken {
  readonly grant: Grant;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
  isRevoked: boolean;
}

interface Code {
  readonly merchantId: string;
  readonly scopes: readonly string[];
  /** As it was given when the code was asked for; null when it was not. */
  readonly redirectUri: string | null;
  readonly expiresMs: number;
}

export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly merchantId: string;
  readonly expiresAt: Date;
  readonly isShortLived: boolean;
}

export interface TokenRequest {
  /** Narrows what the access token may do. */
  readonly scopes?: readonly string[] | undefined;
  /** 24 hours and not 30 days. */
  readonly isShortLived?: boolean | undefined;
}

export interface Grants {
  issueCode(merchantId: string, scopes: readonly string[], redirectUri: string | null): string;
  /** Null for a code that is unknown, used, too old, or of another redirect URL. */
  redeemCode(code: string, redirectUri: string | null, request: TokenRequest): TokenSet | null;
  /** The same refresh token comes back. Null when it is unknown or revoked. */
  refresh(refreshToken: string, request: TokenRequest): TokenSet | null;
  grant(merchantId: string, scopes: readonly string[]): TokenSet;
  find(accessToken: string): { state: 'live' | 'expired' | 'revoked'; token: AccessToken } | null;
  hasScope(merchantId: string, scope: string): boolean;
  revokeAccessToken(accessToken: string): void;
  /** False when there was nothing to revoke. */
  revokeMerchant(merchantId: string): boolean;
}

/** The code flow: refresh tokens may be used any number of times and never expire; access tokens live 30 days. */
export function createGrants(timeline: Timeline, random: Random): Grants {
  const codes = createCodes(timeline, random);
  const grants = new Map<string, Grant>();
  const tokens = new Map<string, AccessToken>();

  const issueToken = (grant: Grant, { scopes, isShortLived = false }: TokenRequest): TokenSet => {
    const accessToken = `EAAl${random.text(60)}`;
    const expiresAt = later(timeline, isShortLived ? dayMs : 30 * dayMs);
    const granted = scopes === undefined ? grant.scopes : grant.scopes.filter((scope) => scopes.includes(scope));
    tokens.set(accessToken, { grant, scopes: granted, expiresAt, isRevoked: false });
    return { accessToken, refreshToken: grant.refreshToken, merchantId: grant.merchantId, expiresAt, isShortLived };
  };
  const open = (merchantId: string, scopes: readonly string[]): Grant => {
    const grant = { merchantId, scopes, refreshToken: `EQAA${random.text(60)}`, isRevoked: false };
    grants.set(grant.refreshToken, grant);
    return grant;
  };
  const liveOf = (merchantId: string) =>
    [...grants.values()].filter((grant) => grant.merchantId === merchantId && !grant.isRevoked);

  return {
    issueCode: codes.issue,
    redeemCode: (text, redirectUri, request) => {
      const code = codes.redeem(text, redirectUri);
      return code === null ? null : issueToken(open(code.merchantId, code.scopes), request);
    },
    refresh: (refreshToken, request) => {
      const grant = grants.get(refreshToken);
      return grant === undefined || grant.isRevoked ? null : issueToken(grant, request);
    },
    grant: (merchantId, scopes) => issueToken(open(merchantId, scopes), {}),
    find: (accessToken) => {
      const token = tokens.get(accessToken);
      if (token === undefined) return null;
      if (token.isRevoked || token.grant.isRevoked) return { state: 'revoked', token };
      return { state: timeline.now() >= token.expiresAt ? 'expired' : 'live', token };
    },
    hasScope: (merchantId, scope) => liveOf(merchantId).some((grant) => grant.scopes.includes(scope)),
    revokeAccessToken: (accessToken) => {
      const token = tokens.get(accessToken);
      if (token !== undefined) token.isRevoked = true;
    },
    revokeMerchant: (merchantId) => {
      const live = liveOf(merchantId);
      for (const grant of live) grant.isRevoked = true;
      return live.length > 0;
    },
  };
}

/** Codes are good once and for five minutes. */
function createCodes(timeline: Timeline, random: Random) {
  const codes = new Map<string, Code>();
  return {
    issue: (merchantId: string, scopes: readonly string[], redirectUri: string | null): string => {
      const code = `sq0cgb-${random.text(22)}`;
      codes.set(code, { merchantId, scopes, redirectUri, expiresMs: timeline.now().getTime() + codeLifetimeMs });
      return code;
    },
    redeem: (text: string, redirectUri: string | null): Code | null => {
      const code = codes.get(text);
      if (code === undefined || (code.redirectUri !== null && code.redirectUri !== redirectUri)) return null;
      codes.delete(text);
      return timeline.now().getTime() >= code.expiresMs ? null : code;
    },
  };
}
