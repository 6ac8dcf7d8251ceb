import type { Random } from '../kernel/random.ts';
import type { Clock } from '../kernel/timeline.ts';

/** A pair as Clover answers it; expirations in Unix seconds. */
export interface TokenPair {
  readonly access_token: string;
  readonly access_token_expiration: number;
  readonly refresh_token: string;
  readonly refresh_token_expiration: number;
}

export interface TokenRules {
  /** Drawn between the two for each pair. */
  readonly accessTokenSeconds: readonly [number, number];
  /** From the end of the access token to that of the refresh token. */
  readonly refreshTokenSeconds: number;
  /** Live ones of a merchant; an older pair dies when there are more. */
  readonly maxRefreshTokens: number;
  /** How long the refresh token before the current one can bring a lost pair back. */
  readonly recoverySeconds: number;
}

interface Grant extends TokenPair {
  readonly merchantId: string;
  readonly issuedAtSeconds: number;
  /** The refresh token this pair was made from. */
  readonly madeFrom: string | null;
  isRefreshed: boolean;
  isDead: boolean;
}

export interface TokenStore {
  issue(merchantId: string): TokenPair;
  /** The new pair; null when the token is unknown, used, expired or dead. */
  refresh(refreshToken: string): TokenPair | null;
  /** A new pair instead of the one that was made from this token; null when that one was refreshed, is too old or dead. */
  recover(refreshToken: string): TokenPair | null;
  canRecover(refreshToken: string): boolean;
  /** Null when the token is unknown, expired or dead. */
  merchantOf(accessToken: string): string | null;
  /** Ends every pair of a merchant. */
  end(merchantId: string): void;
}

export function createTokenStore(rules: TokenRules, random: Random, now: Clock): TokenStore {
  const byAccess = new Map<string, Grant>();
  const byRefresh = new Map<string, Grant>();
  const byOrigin = new Map<string, Grant>();
  const byMerchant = new Map<string, Grant[]>();
  const nowSeconds = () => Math.floor(now().getTime() / 1000);
  const isLive = (grant: Grant) => !grant.isDead && !grant.isRefreshed && grant.refresh_token_expiration > nowSeconds();

  const issue = (merchantId: string, madeFrom: string | null): TokenPair => {
    const grant = draw(rules, random, nowSeconds(), merchantId, madeFrom);
    byAccess.set(grant.access_token, grant);
    byRefresh.set(grant.refresh_token, grant);
    if (madeFrom !== null) byOrigin.set(madeFrom, grant);
    const live = [...(byMerchant.get(merchantId) ?? []).filter(isLive), grant];
    for (const old of live.slice(0, -rules.maxRefreshTokens)) old.isDead = true;
    byMerchant.set(merchantId, live);
    return pairOf(grant);
  };
  const lostPair = (refreshToken: string): Grant | null => {
    const lost = byOrigin.get(refreshToken);
    if (lost === undefined || !isLive(lost)) return null;
    return nowSeconds() - lost.issuedAtSeconds <= rules.recoverySeconds ? lost : null;
  };
  return {
    issue: (merchantId) => issue(merchantId, null),
    refresh: (refreshToken) => {
      const grant = byRefresh.get(refreshToken);
      if (grant === undefined || !isLive(grant)) return null;
      grant.isRefreshed = true;
      return issue(grant.merchantId, refreshToken);
    },
    recover: (refreshToken) => {
      const lost = lostPair(refreshToken);
      if (lost === null) return null;
      lost.isDead = true;
      return issue(lost.merchantId, refreshToken);
    },
    canRecover: (refreshToken) => lostPair(refreshToken) !== null,
    merchantOf: (accessToken) => {
      const grant = byAccess.get(accessToken);
      if (grant === undefined || grant.isDead) return null;
      return grant.access_token_expiration > nowSeconds() ? grant.merchantId : null;
    },
    end: (merchantId) => {
      for (const grant of byAccess.values()) if (grant.merchantId === merchantId) grant.isDead = true;
    },
  };
}

function draw(
  rules: TokenRules,
  random: Random,
  issuedAtSeconds: number,
  merchantId: string,
  madeFrom: string | null,
): Grant {
  const [shortest, longest] = rules.accessTokenSeconds;
  const accessEnd = issuedAtSeconds + shortest + random.below(longest - shortest + 1);
  return {
    access_token: random.text(160 + random.below(160)),
    access_token_expiration: accessEnd,
    refresh_token: `clvroar-${random.text(24 + random.below(24))}`,
    refresh_token_expiration: accessEnd + rules.refreshTokenSeconds,
    merchantId,
    issuedAtSeconds,
    madeFrom,
    isRefreshed: false,
    isDead: false,
  };
}

function pairOf(grant: Grant): TokenPair {
  return {
    access_token: grant.access_token,
    access_token_expiration: grant.access_token_expiration,
    refresh_token: grant.refresh_token,
    refresh_token_expiration: grant.refresh_token_expiration,
  };
}
