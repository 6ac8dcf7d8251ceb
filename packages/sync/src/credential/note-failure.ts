import { withTenant } from '@tributary/db/transaction';
import { isUnavailable } from './failure.ts';
import type { RenewalDependencies } from './renewal-dependencies.ts';
import type { CredentialKey } from './stored-credential.ts';

interface Failure {
  /** Of the pair that failed: if another stands there by now, nothing has. Null: whichever it is. */
  version: number | null;
  /** Somebody should know. */
  isOverdue: boolean;
}

/**
 * Lets a credential that could not be renewed or ended wait, a minute at first and an hour at most: no schedule finds it before, and it
 * keeps none of those waiting that could be. Answers whether somebody is to be told, which is once.
 */
export async function noteFailure(
  { worker, clock }: Pick<RenewalDependencies, 'worker' | 'clock'>,
  { orgId, credentialId }: CredentialKey,
  { version, isOverdue }: Failure,
): Promise<boolean> {
  const noting = withTenant({ database: worker, orgId }, (tx) =>
    tx.query<{ isNews: boolean }>(
      `update sync.credentials k set failures = k.failures + 1,
         retry_at = $4::timestamptz + interval '1 minute' * least(2 ^ least(k.failures, 6), 60),
         alerted_at = case when $5 then coalesce(k.alerted_at, $4) else k.alerted_at end
       where k.org_id = $1 and k.id = $2 and k.version = coalesce($3, k.version)
       returning old.alerted_at is null and new.alerted_at is not null as "isNews"`,
      [orgId, credentialId, version, clock(), isOverdue],
    ),
  );
  // Without the database it is found again in a minute, and what failed before is what counts.
  const [noted] = await noting.catch((error: unknown) => {
    if (isUnavailable(error)) return [];
    throw error;
  });
  return noted?.isNews ?? false;
}
