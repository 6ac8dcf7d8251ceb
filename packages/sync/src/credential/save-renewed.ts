import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@tributary/core/errors';
import type { TokenSet } from '@tributary/core/token-set';
import type { Sealed } from '@tributary/credentials/sealed';
import { withTenant } from '@tributary/db/transaction';
import { isUnavailable } from './failure.ts';
import type { LeasedCredential } from './lease.ts';
import { pause, pausesOf } from './pauses.ts';
import { clientOf, type RenewalDependencies } from './renewal-dependencies.ts';
import { type SealedTokens, sealTokens } from './seal-tokens.ts';
import { credentialColumns, keyOf, type StoredCredential, selectCredential } from './stored-credential.ts';

/** How long a database that is away is waited for: once this pair is lost, a merchant may have to authorise us anew. */
const saveMs = 60_000;

export interface Renewed {
  tokens: TokenSet;
  /** The refresh token this pair came from. */
  sealedFormer: Sealed;
}

/**
 * Stores a new pair in place of the one it came from, and answers what stands there now. Whoever comes late, after their lease has
 * passed to another, waits for what comes of that, and overwrites no pair. Was the other refused, because the provider had
 * replaced the token already, then the late pair is the one that lives: it is stored, and what had been stopped goes on.
 * @throws AppError `unavailable` when the database stays away: the pair is lost
 */
export async function saveRenewed(
  dependencies: RenewalDependencies,
  leased: LeasedCredential,
  { tokens, sealedFormer }: Renewed,
): Promise<StoredCredential> {
  const { envelope, report } = dependencies;
  const wait = dependencies.pause ?? pause;
  const fields = { ...keyOf(leased), provider: leased.provider };
  let sealed: SealedTokens | undefined;
  for (const pauseMs of pausesOf(saveMs)) {
    try {
      sealed ??= await sealTokens(envelope, keyOf(leased), tokens);
      const { credential, outcome } = await store(dependencies, leased, sealed, sealedFormer);
      if (outcome !== 'saved' && outcome !== 'contested') report('WARN', `renewal_${outcome}`, fields);
      if (outcome !== 'contested') return credential;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    await wait(pauseMs);
  }
  report('ERROR', 'renewal_lost', fields);
  throw new AppError('unavailable', 'A renewed access to a provider could not be stored.');
}

/** `contested`: another is renewing the same pair. `late`: it has been replaced, or may be. `rescued`: another had been refused. */
interface Settled {
  credential: StoredCredential;
  outcome: 'saved' | 'contested' | 'late' | 'rescued';
}

const saveStatement = `with saved as (
    update sync.credentials k set sealed_access_token = $5, sealed_refresh_token = $6, former_refresh_token = $7,
      access_expires_at = $8, refresh_expires_at = $9, scopes_granted = coalesce($10::text[], k.scopes_granted), refreshed_at = $11,
      version = k.version + 1, lease = null, leased_until = null, reason = null, alerted_at = null, failures = 0, retry_at = null,
      status = case k.status when 'needs_reconnect' then 'active' else k.status end
    where k.org_id = $1 and k.id = $2 and k.version = $3
      and (k.lease = $4 or ($12::boolean and k.status = 'needs_reconnect' and k.reason = 'refresh_refused'))
    returning ${credentialColumns}, old.status = 'needs_reconnect' as "wasRefused"
  ), revived as (
    update sync.connections c set status = case when c.paused_at is null then 'active' else 'paused' end,
      next_run_at = case when c.paused_at is null then $11::timestamptz end
    from saved s
    where c.org_id = $1 and s."wasRefused" and c.credential_id = s.id and c.status = 'needs_reconnect'
  )
  select * from saved`;

function store(
  { worker, oauth, clock }: RenewalDependencies,
  leased: LeasedCredential,
  sealed: SealedTokens,
  sealedFormer: Sealed,
): Promise<Settled> {
  const { orgId, id, version, lease, provider } = leased;
  const { rotates, formerTokenGraceMs } = clientOf(oauth, provider).renewal;
  const values = [
    ...[orgId, id, version, lease, JSON.stringify(sealed.sealedAccessToken)],
    sealed.sealedRefreshToken && JSON.stringify(sealed.sealedRefreshToken),
    rotates && formerTokenGraceMs > 0 ? JSON.stringify(sealedFormer) : null,
    ...[sealed.accessExpiresAt, sealed.refreshExpiresAt, sealed.scopes, clock(), rotates],
  ];
  return withTenant({ database: worker, orgId }, async (tx): Promise<Settled> => {
    // Held: what it was refused for must be what it is judged by.
    const [credential] = await tx.query<StoredCredential>(`${selectCredential} for update`, [orgId, id]);
    if (!credential) throw new AppError('not_found', 'No such credential.');
    const [saved] = await tx.query<StoredCredential & { wasRefused: boolean }>(saveStatement, values);
    if (saved) return { credential: saved, outcome: saved.wasRefused ? 'rescued' : 'saved' };
    // An attempt before this one, of which we never heard.
    if (isDeepStrictEqual(credential.sealedAccessToken, { ...sealed.sealedAccessToken }))
      return { credential, outcome: 'saved' };
    const isContested = credential.version === version && credential.isBeingRenewed;
    return { credential, outcome: isContested ? 'contested' : 'late' };
  });
}
