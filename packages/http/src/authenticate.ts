import { normalizeEmail, normalizeMobile, type VerifiedContacts } from '@tributary/core/contact';
import { AppError } from '@tributary/core/errors';
import { isUuid } from '@tributary/core/ids';
import { type MemberRole, memberRole } from '@tributary/core/role';
import { errors, type JWTHeaderParameters, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import { type KeySettings, keyReader } from './api-key.ts';
import { remoteKeys } from './jwks.ts';
import type { Person } from './person.ts';

export interface Credential {
  readonly subject: string;
  /** What the credential was narrowed to; without it, whatever the role permits. */
  readonly scopes?: readonly string[];
}

/** Somebody at work in one organization. */
export interface Member extends Credential {
  readonly orgId: string;
  readonly role: MemberRole;
  /** The API key that asks (`key_…`, its subject too); absent for a person. */
  readonly apiKeyId?: string;
}

/** Somebody who buys, at whichever organization: what is theirs is theirs by contacts they have proven. */
export interface Consumer extends Credential {
  readonly role: 'consumer';
  readonly contacts: VerifiedContacts;
}

/** Who a credential stands for. */
export type Principal = Member | Consumer | Person;

/** @throws AppError `unauthenticated`, `forbidden` for somebody of the other kind, or `unavailable` when it cannot tell. */
export type Authenticate<Who extends Principal = Member> = (headers: Headers) => Promise<Who>;

export interface JwtSettings {
  issuer: string;
  audience: string;
  /** Where the issuer publishes its keys; https, but on this machine. */
  jwksUrl: string;
}

const maxTokenLength = 8 * 1024;
const clockToleranceSeconds = 30;
const bearerPattern = /^Bearer ([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2})$/i;
const keyPattern = /^Bearer (trb_[0-9A-Za-z_]{1,100})$/i;
// Parameters by which a token brings or points to its own key, or asks for other rules.
const refusedHeaders = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];

// Integers: RFC 7519 allows fractions and 1e99, no honest issuer needs them.
const times = { exp: z.int(), nbf: z.int().optional(), iat: z.int().optional() };
const sub = z.string().regex(/^[\x21-\x7e]{1,255}$/);

const memberClaims = z.object({ ...times, sub, org_id: z.string().refine(isUuid), role: memberRole });

// Contacts as OpenID Connect names them (Core 1.0, section 5.1). A consumer is of no organization, so a token that names one is not
// what it says.
const consumerClaims = z.object({
  ...times,
  sub,
  org_id: z.never().optional(),
  role: z.literal('consumer'),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
  phone_number: z.string().optional(),
  phone_number_verified: z.boolean().optional(),
});

/**
 * Authenticates a member by a short-lived JWT in `Authorization: Bearer`: EdDSA or ES256, `typ: JWT`, a known `kid`, `iss`, `aud` (a list
 * must contain ours), `exp`, `sub`, `org_id` and `role`; 30 s of clock skew. Every refusal reads the same, so that it teaches nothing.
 */
export function jwtAuthenticator(settings: JwtSettings): Authenticate<Member> {
  const claimsIn = claimsReader(settings);
  return async (headers) => {
    const { sub, org_id, role } = accept(memberClaims, await claimsIn(headers));
    return { orgId: org_id, subject: sub, role };
  };
}

/**
 * Authenticates a member by either: a JWT as above, or an API key, which says by its prefix that it is one. A key acts in a role and is
 * narrowed to its scopes. @throws also what the look-up of a key throws: then nobody is let in.
 */
export function memberAuthenticator(tokens: JwtSettings, keys: KeySettings): Authenticate<Member> {
  const byToken = jwtAuthenticator(tokens);
  const byKey = keyReader(keys);
  return async (headers) => {
    const key = keyPattern.exec(headers.get('authorization') ?? '')?.[1];
    if (key === undefined) return byToken(headers);
    const member = await byKey(key);
    if (!member) throw unauthenticated();
    return member;
  };
}

/**
 * Authenticates a consumer by such a token with `role: consumer`, without `org_id`. Its `email` counts with `email_verified: true`, its
 * `phone_number` with `phone_number_verified: true`; without either the consumer is known and nothing is theirs.
 */
export function consumerAuthenticator(settings: JwtSettings): Authenticate<Consumer> {
  const claimsIn = claimsReader(settings);
  return async (headers) => {
    const claims = await claimsIn(headers);
    if (memberClaims.safeParse(claims).success) {
      throw new AppError('forbidden', 'This is for consumers; the token is a member’s.');
    }
    const accepted = accept(consumerClaims, claims);
    return { subject: accepted.sub, role: accepted.role, contacts: verifiedContacts(accepted) };
  };
}

function verifiedContacts(claims: z.output<typeof consumerClaims>): VerifiedContacts {
  const { email = '', email_verified = false, phone_number = '', phone_number_verified = false } = claims;
  return {
    email: email_verified ? normalizeEmail(email) : null,
    // Without a country: only a number that carries its own is whose it says.
    mobile: phone_number_verified ? normalizeMobile(phone_number, '') : null,
  };
}

/** Reads what a genuine token claims; its meaning is for the caller. */
function claimsReader(settings: JwtSettings): (headers: Headers) => Promise<JWTPayload> {
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
      return payload;
    } catch (error) {
      // Whatever jose refuses is one answer; only "cannot tell" is another.
      throw error instanceof AppError ? error : unauthenticated();
    }
  };
}

function accept<Claims>(schema: z.ZodType<Claims>, claims: JWTPayload): Claims {
  const result = schema.safeParse(claims);
  if (!result.success) throw unauthenticated();
  return result.data;
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
