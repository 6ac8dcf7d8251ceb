import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';

export const roles = ['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer'] as const;
export type Role = (typeof roles)[number];

export interface TokenClaims {
  orgId: string;
  role: Role;
  /** Whose token it is; any text. */
  subject?: string;
}

/** Somebody who buys. A contact counts only if `verified` names it; without `verified` all of them do. */
export interface ConsumerClaims {
  subject?: string;
  email?: string;
  /** E.164. */
  mobile?: string;
  verified?: readonly ('email' | 'mobile')[];
}

export interface Issuer {
  /** Body of `/.well-known/jwks.json`: the public key only. */
  readonly jwks: { keys: JWK[] };
  /** A signed JWT, valid for 15 minutes. */
  mint(claims: TokenClaims): Promise<string>;
  /** The same for a consumer. */
  mintConsumer(claims: ConsumerClaims): Promise<string>;
}

const algorithm = 'ES256';
const validitySeconds = 15 * 60;

async function loadOrCreate(keyFile: string): Promise<JWK> {
  if (existsSync(keyFile)) return JSON.parse(readFileSync(keyFile, 'utf8')) as JWK;
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  mkdirSync(dirname(keyFile), { recursive: true });
  writeFileSync(keyFile, JSON.stringify(jwk), { mode: 0o600 });
  return jwk;
}

/** A stand-in for the identity provider: signs the tokens the API accepts, with a key kept in `keyFile`. */
export async function createIssuer(options: { keyFile: string; issuer: string; audience: string }): Promise<Issuer> {
  const secret = await loadOrCreate(options.keyFile);
  const { d: _private, ...shared } = secret;
  const kid = await calculateJwkThumbprint(shared);
  const key = await importJWK(secret, algorithm);
  const sign = (claims: JWTPayload) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
      .setIssuer(options.issuer)
      .setAudience(options.audience)
      .setIssuedAt()
      .setExpirationTime(`${validitySeconds}s`)
      .sign(key);
  return {
    jwks: { keys: [{ ...shared, kid, alg: algorithm, use: 'sig' }] },
    mint: ({ orgId, role, subject = 'local' }) => sign({ org_id: orgId, role, sub: subject }),
    mintConsumer: (claims) => sign(claimsOfConsumer(claims)),
  };
}

/** As OpenID Connect names them (Core 1.0, section 5.1). */
function claimsOfConsumer({
  subject = 'local',
  email,
  mobile,
  verified = ['email', 'mobile'],
}: ConsumerClaims): JWTPayload {
  return {
    sub: subject,
    role: 'consumer',
    ...(email !== undefined && { email, email_verified: verified.includes('email') }),
    ...(mobile !== undefined && { phone_number: mobile, phone_number_verified: verified.includes('mobile') }),
  };
}
