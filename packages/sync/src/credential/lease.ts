import { randomUUID } from 'node:crypto';
import { AppError } from '@tributary/core/errors';
import type { Database } from '@tributary/db/connection';
import { withTenant } from '@tributary/db/transaction';
import { isUnavailable } from './failure.ts';
import { credentialColumns, keyOf, type StoredCredential, selectCredential } from './stored-credential.ts';

/** How long one renewal may keep others away: longer than a provider's token endpoint is waited for (20 s), asked twice. */
const leaseMs = 60_000;

/** Why a credential's `reason` says that its refresh token may have been replaced by one that never reached us. */
const unanswered = 'renewal_unanswered';

/** A credential that nobody else renews for now. */
export interface LeasedCredential extends StoredCredential {
  lease: string;
  /** An attempt to renew this very pair ended without an answer, or without a word. */
  mayBeReplaced: boolean;
}

const takeStatement = `update sync.credentials k set lease = $4, leased_until = now() + $5 * interval '1 millisecond'
  where k.org_id = $1 and k.id = $2 and k.version = $3 and k.status in ('pending', 'active', 'revoking')
    and (k.leased_until <= now() or (k.lease is null and not $6::boolean))
  returning ${credentialColumns}, coalesce(k.reason = '${unanswered}', false) or old.lease is not null as "mayBeReplaced"`;

export type Taken = { isMine: true; credential: LeasedCredential } | { isMine: false; credential: StoredCredential };

/**
 * Takes the lease of a credential that still has the pair we know, or says what stands there instead: a newer pair, a renewal under
 * way, or one that has just failed. Who has waited for another's takes it over from one that died, and does not try again what has
 * just failed. @throws AppError `not_found`
 */
export function takeLease(
  worker: Database,
  stale: StoredCredential,
  { hasWaited }: { hasWaited: boolean },
): Promise<Taken> {
  const { orgId, id, version } = stale;
  const lease = randomUUID();
  return withTenant({ database: worker, orgId }, async (tx): Promise<Taken> => {
    const values = [orgId, id, version, lease, leaseMs, hasWaited];
    const [mine] = await tx.query<Omit<LeasedCredential, 'lease'>>(takeStatement, values);
    if (mine) return { isMine: true, credential: { ...mine, lease } };
    const [credential] = await tx.query<StoredCredential>(selectCredential, [orgId, id]);
    if (!credential) throw new AppError('not_found', 'No such credential.');
    return { isMine: false, credential };
  });
}

/** Gives a lease back after a renewal that changed nothing here; `isAnswerLost`: it may have changed something at the provider. */
export async function releaseLease(
  worker: Database,
  leased: LeasedCredential,
  { isAnswerLost }: { isAnswerLost: boolean },
): Promise<void> {
  const { orgId, credentialId } = keyOf(leased);
  const released = withTenant({ database: worker, orgId }, (tx) =>
    tx.query(
      `update sync.credentials set lease = null, leased_until = null, reason = case when $4 then '${unanswered}' else reason end
       where org_id = $1 and id = $2 and lease = $3`,
      [orgId, credentialId, leased.lease, isAnswerLost],
    ),
  );
  // Without the database it ends by itself, and counts as an answer that was lost.
  await released.catch((error: unknown) => {
    if (!isUnavailable(error)) throw error;
  });
}
