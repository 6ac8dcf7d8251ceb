import type { CredentialPlace } from '@tributary/credentials/place';
import type { Database } from '@tributary/db/connection';
import { withTenant } from '@tributary/db/transaction';

/** Names a row of `sync.credentials`. */
export interface CredentialKey {
  orgId: string;
  credentialId: string;
}

/** A row of `sync.credentials`, its tokens sealed. */
export interface StoredCredential {
  orgId: string;
  id: string;
  provider: string;
  region: string | null;
  status: 'pending' | 'active' | 'needs_reconnect' | 'revoking' | 'erased';
  reason: string | null;
  /** Counts the pairs stored: whoever replaces one says which. */
  version: number;
  sealedAccessToken: unknown;
  sealedRefreshToken: unknown;
  formerRefreshToken: unknown;
  accessExpiresAt: Date | null;
  refreshedAt: Date;
  createdAt: Date;
  /** It failed, and no schedule tries it before. */
  retryAt: Date | null;
  /** Somebody took the lease and has not given it back. */
  isLeased: boolean;
  /** That lease still runs: by the database's clock, as everything about leases is, since clocks of workers differ. */
  isBeingRenewed: boolean;
}

/** What a StoredCredential is selected by, from `sync.credentials k`. */
export const credentialColumns = `k.org_id as "orgId", k.id, k.provider, k.region, k.status, k.reason, k.version,
  k.sealed_access_token as "sealedAccessToken", k.sealed_refresh_token as "sealedRefreshToken",
  k.former_refresh_token as "formerRefreshToken", k.access_expires_at as "accessExpiresAt", k.refreshed_at as "refreshedAt",
  k.created_at as "createdAt", k.retry_at as "retryAt", k.lease is not null as "isLeased", coalesce(k.leased_until > now(), false) as "isBeingRenewed"`;

export const selectCredential = `select ${credentialColumns} from sync.credentials k where k.org_id = $1 and k.id = $2`;

export async function readCredential(worker: Database, key: CredentialKey): Promise<StoredCredential | null> {
  const { orgId, credentialId } = key;
  const [stored] = await withTenant({ database: worker, orgId }, (tx) =>
    tx.query<StoredCredential>(selectCredential, [orgId, credentialId]),
  );
  return stored ?? null;
}

export type TokenField = 'access_token' | 'refresh_token' | 'former_refresh_token';

/** Where a token is sealed to: its organization, its row and its column. */
export function placeOf({ orgId, credentialId }: CredentialKey, field: TokenField): CredentialPlace {
  return { orgId, connectionId: credentialId, field };
}

export function keyOf({ orgId, id }: StoredCredential): CredentialKey {
  return { orgId, credentialId: id };
}
