import { AppError } from '@tributary/core/errors';
import { withTenant } from '@tributary/db/transaction';
import type { LeasedCredential } from './lease.ts';
import type { RenewalDependencies } from './renewal-dependencies.ts';
import { credentialColumns, keyOf, type StoredCredential, selectCredential } from './stored-credential.ts';

const refuseStatement = `with refused as (
    update sync.credentials k set reason = $5, lease = null, leased_until = null,
      status = case k.status when 'active' then 'needs_reconnect' else k.status end,
      alerted_at = case k.status when 'active' then $6 else k.alerted_at end
    where k.org_id = $1 and k.id = $2 and k.version = $3 and k.lease = $4
    returning ${credentialColumns}, old.status = 'active' as "isNews"
  ), stopped as (
    update sync.connections c set status = 'needs_reconnect', next_run_at = null from refused r
    where c.org_id = $1 and r."isNews" and c.credential_id = r.id and c.status in ('active', 'paused', 'error')
    returning c.id
  )
  select r.*, (select count(*) from stopped) as "connectionsStopped" from refused r`;

/**
 * The provider takes the refresh token no more: the credential and all that use it need somebody to authorise us anew. It is told
 * once, and the provider is not asked again until then. The tokens stay, sealed, until they are replaced: a refusal that was our
 * own fault, as of a mistaken client id, is then undone by setting the status back, and not by asking every merchant.
 * Answers what stands there now: when the lease has passed to another, that is for the other to say.
 */
export async function markRefused(
  { worker, clock, report }: RenewalDependencies,
  leased: LeasedCredential,
  reason: 'refresh_refused' | 'no_refresh_token',
): Promise<StoredCredential> {
  const { orgId, id, version, lease, provider } = leased;
  return withTenant({ database: worker, orgId }, async (tx) => {
    const values = [orgId, id, version, lease, reason, clock()];
    const [refused] = await tx.query<StoredCredential & Refusal>(refuseStatement, values);
    if (refused) return { credential: refused, news: refused.isNews ? refused : null };
    const [credential] = await tx.query<StoredCredential>(selectCredential, [orgId, id]);
    if (!credential) throw new AppError('not_found', 'No such credential.');
    return { credential, news: null };
  }).then(({ credential, news }) => {
    const connections = news?.connectionsStopped;
    if (news) report('ERROR', 'needs_reconnect', { ...keyOf(leased), provider, reason, connections });
    return credential;
  });
}

interface Refusal {
  isNews: boolean;
  connectionsStopped: number;
}
