import { AppError } from '@tributary/core/errors';
import { isUuid } from '@tributary/core/ids';
import { errors, type JWTHeaderParameters, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import { remoteKeys } from './jwks.ts';
import { type Role, roleSchema } from './role.ts';

/** Who a credential stands for. */
export interface Principal {
  readonly orgId: string;
  readonly subject: string;
  readonly role: Role;
  /** What the credential was narrowed to; without it, whatever the role permits. */
  readonly scopes?: readonly string[];
}

/** @throws AppError `unauthenticated`, or `unavailable` when it cannot tell. */
export type Authenticate = (headers: Headers) => Promise<Principal>;

export interface JwtSettings {
  issuer: string;
  audience: string;
  /** Where the issuer publishes its keys; https, but on this machine. */
  jwksUrl: string;
}

const maxTokenLength = 8 * 1024;
const clockToleranceSeconds = 30;
const bearerPattern = /^Bearer ([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2})$/i;
// Parameters by which a token brings or points to its own key, or asks for other rules.
const refusedHeaders = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];

// Integers: RFC 7519 allows fractions and 1e99, no honest issuer needs them.
const claimsSchema = z.object({
  sub: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  org_id: z.string().refine(isUuid),
  role: roleSchema,
  exp: z.int(),
  nbf: z.int().optional(),
  iat: z.int().optional(),
});

/**
 * Authenticates by a short-lived JWT in `Authorization: Bearer`: EdDSA or ES256, `typ: JWT`, a known `kid`, `iss`, `aud` (a list must
 * contain ours), `exp`, `sub`, `org_id` and `role`; 30 s of clock skew. Every refusal reads the same, so that it teaches nothing.
 */
export function jwtAuthenticator(settings: JwtSettings): Authenticate {
  if (!settings.issuer || !settings.audience) throw new Error('an issuer and an audience are required');
  const keyFor = withTrustedHeader(remoteKeys(jwksUrl(settings.jwksUrl)));
  return async (headers) => {
    const token = bearerToken(headers);
    if (!token) throw unauthenticated();
    try {
      const { payload } = await jwtVerify(token, keyFor, {
        algorithms: ['EdDSA', 'ES256'],
        issuer: settings.issuer,
        audience: settings.audience,
        typ: 'JWT',
        clockTolerance: clockToleranceSeconds,
      });
      const { sub, org_id, role } = claimsSchema.parse(payload);
      return { orgId: org_id, subject: sub, role };
    } catch (error) {
      // Whatever jose or zod refuse is one answer; only "cannot tell" is another.
      throw error instanceof AppError ? error : unauthenticated();
    }
  };
}

function bearerToken(headers: Headers): string | null {
  const header = headers.get('authorization') ?? '';
  if (header.length > maxTokenLength) return null;
  const token = bearerPattern.exec(header)?.[1] ?? '';
  // jose decodes base64 leniently: without this, one token has many spellings.
  const canonical = token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
  return token && canonical ? token : null;
}

function withTrustedHeader(keyFor: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header: JWTHeaderParameters, token) => {
    const trusted = typeof header.kid === 'string' && !refusedHeaders.some((name) => Object.hasOwn(header, name));
    if (!trusted) throw new errors.JWTInvalid('untrusted header');
    return keyFor(header, token);
  };
}

function jwksUrl(text: string): URL {
  const url = new URL(text);
  const local = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:'))
    throw new Error('keys are fetched by https only');
  return url;
}

function unauthenticated(): AppError {
  return new AppError('unauthenticated', 'A valid bearer token is required.');
}
