import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

export const roles = ['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer'] as const;
export type Role = (typeof roles)[number];

export interface TokenClaims {
  orgId: string;
  role: Role;
  /** Whose token it is; any text. */
  subject?: string;
}

export interface Issuer {
  /** Body of `/.well-known/jwks.json`: the public key only. */
  readonly jwks: { keys: JWK[] };
  /** A signed JWT, valid for 15 minutes. */
  mint(claims: TokenClaims): Promise<string>;
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
  return {
    jwks: { keys: [{ ...shared, kid, alg: algorithm, use: 'sig' }] },
    mint: ({ orgId, role, subject = 'local' }) =>
      new SignJWT({ org_id: orgId, role })
        .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
        .setIssuer(options.issuer)
        .setAudience(options.audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(`${validitySeconds}s`)
        .sign(key),
  };
}
