import { randomUUID } from 'node:crypto';
import { AppError } from '@tributary/core/errors';
import { showId } from '@tributary/core/ids';
import type { Transaction } from '@tributary/db/transaction';
import { withSystem } from '@tributary/db/transaction';
import { type JWTPayload, SignJWT } from 'jose';
import { algorithm, signingKey } from './key-ring.ts';
import type { SignedIn } from './session.ts';

/** A session or a membership that ends is heard of this late at most. */
const lifeSeconds = 300;

/**
 * A short-lived JWT for the session's organization: `org_id` and `role` as they are now; for a session without one, a consumer's, with the
 * address that is theirs.
 * @throws AppError `unauthenticated` when the session has ended; `forbidden` when the organization is suspended
 */
export async function issueToken(context: SignedIn): Promise<{ token: string; expiresAt: string }> {
  const { database, clock, issuer, audience, userId } = context;
  return withSystem(database, async (tx) => {
    const claims = await claimsOf(context, tx);
    const { id, key } = await signingKey(context, tx);
    const issuedAt = Math.floor(clock().getTime() / 1000);
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid: id, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(showId('user', userId))
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifeSeconds)
      .setJti(randomUUID())
      .sign(key);
    return { token, expiresAt: new Date((issuedAt + lifeSeconds) * 1000).toISOString() };
  });
}

interface Standing {
  email: string;
  emailVerified: boolean;
  orgId: string | null;
  orgStatus: string | null;
  role: string | null;
}

async function claimsOf({ userId, sessionId }: SignedIn, tx: Transaction): Promise<JWTPayload> {
  const [standing] = await tx.query<Standing>(
    `select u.email, u.email_verified as "emailVerified", s.active_org_id as "orgId", o.status as "orgStatus", m.role
     from identity.sessions s
     join identity.users u on u.id = s.user_id and u.status = 'active'
     left join identity.members m on m.org_id = s.active_org_id and m.user_id = s.user_id
     left join identity.organizations o on o.id = m.org_id
     where s.id = $1 and s.user_id = $2 and s.expires_at > now()`,
    [sessionId, userId],
  );
  if (!standing) throw new AppError('unauthenticated', 'Sign in first.');
  const { email, emailVerified, orgId, orgStatus, role } = standing;
  if (orgId === null) return { role: 'consumer', email, email_verified: emailVerified };
  if (orgStatus !== 'active' || role === null) throw new AppError('forbidden', 'The organization is suspended.');
  return { org_id: orgId, role };
}
