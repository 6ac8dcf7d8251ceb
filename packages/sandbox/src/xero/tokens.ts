import type { Random } from '../kernel/random.ts';
import type { Clock } from '../kernel/timeline.ts';

const accessTokenMs = 1_800_000;
const refreshIdleMs = 60 * 86_400_000;
const retryMs = 30 * 60_000;

/** What a user let the app do, once. */
export interface Grant {
  readonly userId: string;
  readonly authEventId: string;
  readonly scopes: readonly string[];
}

/** A token set as `POST /connect/token` answers it. */
export interface TokenSet {
  readonly access_token: string;
  readonly expires_in: number;
  readonly token_type: 'Bearer';
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope: string;
}

export interface Tokens {
  issue(grant: Grant): TokenSet;
  /** A new token set for a refresh token; null when it is dead: `invalid_grant`. */
  refresh(refreshToken: string): TokenSet | null;
  /** Of an access token; `isExpired` when its time is over, null when it was never issued. */
  lookUp(accessToken: string): { readonly grant: Grant; readonly expiresAt: Date; readonly isExpired: boolean } | null;
  /** Whose refresh token it is, dead or alive. */
  ownerOf(refreshToken: string): string | null;
  /** Ends every refresh token of a user. */
  revoke(userId: string): void;
}

interface RefreshToken {
  readonly grant: Grant;
  readonly issuedMs: number;
  /** The one it came from: when it is used, that one and its other successors die. */
  readonly predecessor: RefreshToken | null;
  rotatedMs: number | null;
  isDead: boolean;
  readonly successors: RefreshToken[];
}

/**
 * Refresh tokens rotate on every use. The old one can be used again for 30 minutes, as when the answer was lost, until one
 * of the tokens it brought is used itself.
 */
export function createTokens({ clientId, random, now }: { clientId: string; random: Random; now: Clock }): Tokens {
  const access = new Map<string, { grant: Grant; expiresMs: number }>();
  const refresh = new Map<string, RefreshToken>();
  const nowMs = () => now().getTime();

  const issueAfter = (grant: Grant, predecessor: RefreshToken | null): TokenSet => {
    const accessToken = toJwt(random, {
      ...accessClaims(grant, clientId, nowMs()),
      jti: random.text(32, 'ABCDEF0123456789'),
    });
    access.set(accessToken, { grant, expiresMs: nowMs() + accessTokenMs });
    const set = { access_token: accessToken, expires_in: accessTokenMs / 1000, token_type: 'Bearer' as const };
    const scope = grant.scopes.join(' ');
    const identity = grant.scopes.includes('openid')
      ? { id_token: toJwt(random, { sub: grant.userId, xero_userid: grant.userId }) }
      : {};
    if (!grant.scopes.includes('offline_access')) return { ...identity, ...set, scope };
    const refreshToken = random.text(43, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
    const record = { grant, issuedMs: nowMs(), predecessor, rotatedMs: null, isDead: false, successors: [] };
    refresh.set(refreshToken, record);
    predecessor?.successors.push(record);
    return { ...identity, ...set, refresh_token: refreshToken, scope };
  };

  return {
    issue: (grant) => issueAfter(grant, null),
    refresh: (refreshToken) => {
      const record = refresh.get(refreshToken);
      if (record === undefined || !isUsable(record, nowMs())) return null;
      if (record.rotatedMs === null) settlePredecessor(record);
      record.rotatedMs ??= nowMs();
      return issueAfter(record.grant, record);
    },
    lookUp: (accessToken) => {
      const found = access.get(accessToken);
      if (found === undefined) return null;
      return {
        grant: found.grant,
        expiresAt: new Date(found.expiresMs),
        isExpired: nowMs() >= found.expiresMs,
      };
    },
    ownerOf: (refreshToken) => refresh.get(refreshToken)?.grant.userId ?? null,
    revoke: (userId) => {
      for (const record of refresh.values()) if (record.grant.userId === userId) record.isDead = true;
    },
  };
}

function isUsable({ isDead, rotatedMs, issuedMs }: RefreshToken, nowMs: number): boolean {
  if (isDead) return false;
  return rotatedMs === null ? nowMs - issuedMs <= refreshIdleMs : nowMs - rotatedMs <= retryMs;
}

function settlePredecessor(used: RefreshToken): void {
  const { predecessor } = used;
  if (predecessor === null) return;
  predecessor.isDead = true;
  for (const successor of predecessor.successors) if (successor !== used) successor.isDead = true;
}

function accessClaims({ userId, authEventId, scopes }: Grant, clientId: string, nowMs: number) {
  const issuedAt = Math.floor(nowMs / 1000);
  return {
    nbf: issuedAt,
    exp: issuedAt + accessTokenMs / 1000,
    iss: 'https://identity.xero.com',
    aud: 'https://identity.xero.com/resources',
    client_id: clientId,
    sub: userId,
    xero_userid: userId,
    authentication_event_id: authEventId,
    scope: scopes,
  };
}

/** Shaped like Xero's; the signature is noise, and nobody but Xero has business to check it. */
function toJwt(random: Random, claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signature = random.text(86, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
  return `${encode({ alg: 'RS256', kid: '1CAF8E66772D6DC028D6726FD0261581570EFC19', typ: 'JWT' })}.${encode(claims)}.${signature}`;
}
