import { PermanentFailure } from '@tributary/core/errors';
import type { Envelope } from '@tributary/credentials/envelope';
import type { Database } from '@tributary/db/connection';
import { withSystem } from '@tributary/db/transaction';
import type { Report } from './report.ts';
import {
  type CredentialKey,
  credentialColumns,
  keyOf,
  placeOf,
  type StoredCredential,
  type TokenField,
} from './stored-credential.ts';

export interface ResealDependencies {
  system: Database;
  /** Its current key is the one to seal under. */
  envelope: Envelope;
  report: Report;
}

export interface Resealed {
  examined: number;
  resealed: number;
  /** Sealed under a key that is not listed, or altered: left as they are, and reported. */
  unreadable: number;
  /** Where to go on; null when this was the last. */
  next: CredentialKey | null;
}

const first: CredentialKey = {
  orgId: '00000000-0000-0000-0000-000000000000',
  credentialId: '00000000-0000-0000-0000-000000000000',
};

/**
 * Seals what is not under the current key anew, of at most so many credentials after the given one. It may be ended at any moment and
 * begun again: each row changes in one statement, and only when the pair that was read still stands there.
 * @throws AppError `unavailable` when the key service or the database does not answer
 */
export async function resealCredentials(
  { system, envelope, report }: ResealDependencies,
  { after = first, atMost }: { after?: CredentialKey; atMost: number },
): Promise<Resealed> {
  const rows = await withSystem(system, (tx) =>
    tx.query<StoredCredential>(
      `select ${credentialColumns} from sync.credentials k where (k.org_id, k.id) > ($1, $2) and k.status <> 'erased'
       order by k.org_id, k.id limit $3`,
      [after.orgId, after.credentialId, atMost],
    ),
  );
  const counts = { resealed: 0, unreadable: 0 };
  for (const row of rows) {
    try {
      if (await resealRow(system, envelope, row)) counts.resealed += 1;
    } catch (error) {
      if (!(error instanceof PermanentFailure)) throw error;
      counts.unreadable += 1;
      report('ERROR', 'credential_unreadable', { ...keyOf(row), provider: row.provider });
    }
  }
  const last = rows.at(-1);
  return { examined: rows.length, ...counts, next: last && rows.length === atMost ? keyOf(last) : null };
}

/** Whether anything changed. A pair stored meanwhile wins: the version is another then, and stays ours when only the sealing is. */
async function resealRow(system: Database, envelope: Envelope, row: StoredCredential): Promise<boolean> {
  const reseal = async (field: TokenField, sealed: unknown) =>
    sealed === null || envelope.isCurrent(sealed) ? sealed : envelope.reseal(placeOf(keyOf(row), field), sealed);
  const accessToken = await reseal('access_token', row.sealedAccessToken);
  const refreshToken = await reseal('refresh_token', row.sealedRefreshToken);
  const formerRefreshToken = await reseal('former_refresh_token', row.formerRefreshToken);
  const isUnchanged =
    accessToken === row.sealedAccessToken &&
    refreshToken === row.sealedRefreshToken &&
    formerRefreshToken === row.formerRefreshToken;
  if (isUnchanged) return false;
  const stored = [accessToken, refreshToken, formerRefreshToken].map((sealed) => sealed && JSON.stringify(sealed));
  const changed = await withSystem(system, (tx) =>
    tx.query(
      `update sync.credentials set sealed_access_token = $4, sealed_refresh_token = $5, former_refresh_token = $6
       where org_id = $1 and id = $2 and version = $3 returning id`,
      [row.orgId, row.id, row.version, ...stored],
    ),
  );
  return changed.length > 0;
}
