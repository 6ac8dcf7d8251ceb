import { noteFailure } from './note-failure.ts';
import { renew } from './renew.ts';
import { clientOf, type RenewalDependencies } from './renewal-dependencies.ts';
import { type CredentialKey, keyOf, readCredential, type StoredCredential } from './stored-credential.ts';

/** What was renewed so lately is not due: the word of it came twice, or somebody has needed it meanwhile. */
const freshMs = 60 * 60_000;

/**
 * Renews a credential that `findDue` named, although nobody needs it now. What has failed waits, and is `skipped` until then; failing for
 * too long is reported once. @throws as `renew`: it is tried again.
 */
export async function renewCredential(
  dependencies: RenewalDependencies,
  key: CredentialKey,
): Promise<'renewed' | 'needs_reconnect' | 'skipped'> {
  const stored = await readCredential(dependencies.worker, key);
  if (stored?.status !== 'active' || ageMs(dependencies, stored) < freshMs) return 'skipped';
  if (stored.retryAt !== null && stored.retryAt > dependencies.clock()) return 'skipped';
  try {
    const { status } = await renew(dependencies, stored);
    if (status === 'needs_reconnect') return status;
    return status === 'active' ? 'renewed' : 'skipped';
  } catch (error) {
    await noteAndAlert(dependencies, stored);
    throw error;
  }
}

function ageMs({ clock }: RenewalDependencies, { refreshedAt }: StoredCredential): number {
  return clock().getTime() - refreshedAt.getTime();
}

async function noteAndAlert(dependencies: RenewalDependencies, stored: StoredCredential): Promise<void> {
  const { oauth, report } = dependencies;
  const { provider, version } = stored;
  const { alertAfterMs } = clientOf(oauth, provider).renewal;
  const isOverdue = alertAfterMs !== null && ageMs(dependencies, stored) >= alertAfterMs;
  const isNews = await noteFailure(dependencies, keyOf(stored), { version, isOverdue });
  if (isNews) report('ERROR', 'renewal_overdue', { ...keyOf(stored), provider });
}
