import type { RevocationFact } from '@tributary/core/facts';
import * as z from 'zod';
import { timestamp } from '../fields.ts';

/** `oauth.authorization.revoked` (https://developer.squareup.com/reference/square/webhooks/oauth.authorization.revoked). */
export const squareRevocation = z.looseObject({ revoked_at: timestamp.nullish() });

export type SquareRevocation = z.output<typeof squareRevocation>;

/** Null only when neither the revocation nor its event says when. */
export function toFact(revocation: SquareRevocation, occurredAt: Date | null): RevocationFact | null {
  const at = revocation.revoked_at ? new Date(revocation.revoked_at) : occurredAt;
  return at && { kind: 'revocation', provider: 'square', at };
}
