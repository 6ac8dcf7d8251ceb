import { withTenant } from '@tributary/db/transaction';
import { renew } from './renew.ts';
import { clientOf, type RenewalDependencies } from './renewal-dependencies.ts';
import { type CredentialKey, readCredential, type StoredCredential } from './stored-credential.ts';

/** What was renewed so lately is not due: the word of it came twice, or somebody has needed it meanwhile. */
const freshMs = 60 * 60_000;

/**
 * Renews a credential that `findDue` named, although nobody needs it now. Failing for too long is reported once.
 * @throws as `renew`: it is tried again.
 */
export async function renewCredential(
  dependencies: RenewalDependencies,
  key: CredentialKey,
): Promise<'renewed' | 'needs_reconnect' | 'skipped'> {
  const stored = await readCredential(dependencies.worker, key);
  if (stored?.status !== 'active' || ageMs(dependencies, stored) < freshMs) return 'skipped';
  try {
    const { status } = await renew(dependencies, stored);
    if (status === 'needs_reconnect') return status;
    return status === 'active' ? 'renewed' : 'skipped';
  } catch (error) {
    await alertWhenOverdue(dependencies, stored);
    throw error;
  }
}

function ageMs({ clock }: RenewalDependencies, { refreshedAt }: StoredCredential): number {
  return clock().getTime() - refreshedAt.getTime();
}

async function alertWhenOverdue(dependencies: RenewalDependencies, stored: StoredCredential): Promise<void> {
  const { worker, oauth, clock, report } = dependencies;
  const { orgId, id, provider, version } = stored;
  const { alertAfterMs } = clientOf(oauth, provider).renewal;
  if (alertAfterMs === null || ageMs(dependencies, stored) < alertAfterMs) return;
  const alerted = await withTenant({ database: worker, orgId }, (tx) =>
    tx.query(
      'update sync.credentials set alerted_at = $4 where org_id = $1 and id = $2 and version = $3 and alerted_at is null returning id',
      [orgId, id, version, clock()],
    ),
  );
  if (alerted.length > 0) report('ERROR', 'renewal_overdue', { orgId, credentialId: id, provider });
}
