import type { Database } from '@tributary/db/connection';
import { withSystem } from '@tributary/db/transaction';
import { unchosenMs } from './choice-time.ts';
import { isUnauthorized, nameOf } from './failure.ts';
import { noteFailure } from './note-failure.ts';
import { renew } from './renew.ts';
import { clientOf, type RenewalDependencies } from './renewal-dependencies.ts';
import { type CredentialKey, keyOf, placeOf, type StoredCredential, selectCredential } from './stored-credential.ts';

export interface RevocationDependencies extends RenewalDependencies {
  system: Database;
}

/** How long a provider that does not answer keeps tokens of ours. */
const patienceMs = 24 * 60 * 60_000;
/** To be on the safe side of an access token's end while the provider is asked. */
const marginMs = 2 * 60_000;

/** An account whose access is to be ended at the provider: its connection was ended, or it was authorised and nobody chose it. */
interface EndedAccount {
  /** Null for one that nobody chose. */
  connectionId: string | null;
  accountRef: string;
  endedAt: Date;
  /** A connection opens the same account now, or a later authorisation may yet: ending ours there would end theirs. */
  isWanted: boolean;
}

/**
 * Ends at the provider what the ended connections of a credential were let into and what was authorised with it and not chosen in time,
 * then erases its tokens unless another connection calls with them. What no connection was ended of, because another credential took its
 * place, is erased only: providers end all that a merchant gave us, the new one too. A provider that is away is asked again; after 24
 * hours tokens are erased anyway.
 * @throws ProviderError, AppError `unavailable`: it is as it was, and tried again
 */
export async function revokeCredential(
  dependencies: RevocationDependencies,
  key: CredentialKey,
): Promise<'erased' | 'in_use' | 'skipped'> {
  const held = await retire(dependencies.system, key, dependencies.clock());
  if (held === null || held.credential.status === 'erased') return 'skipped';
  const { credential, ended } = held;
  const reason = await endAll(dependencies, credential, ended).catch(async (error: unknown) => {
    await noteFailure(dependencies, key, { version: null, isOverdue: false });
    throw error;
  });
  const isErased = await letGo(dependencies.system, key, ended, reason);
  if (isErased) dependencies.report('INFO', 'credential_erased', { ...key, provider: credential.provider, reason });
  return isErased ? 'erased' : 'in_use';
}

/** From here on nothing is attached to it, unless something is. */
function retire(system: Database, { orgId, credentialId }: CredentialKey, now: Date) {
  return withSystem(system, async (tx) => {
    // Held first, so that what follows sees what was attached by somebody who held it.
    await tx.query('select from sync.credentials where org_id = $1 and id = $2 for update', [orgId, credentialId]);
    await tx.query(
      `update sync.credentials k set status = 'revoking' where k.org_id = $1 and k.id = $2 and k.status <> 'erased'
         and not exists (select from sync.connections c where c.org_id = $1 and c.credential_id = $2 and c.status <> 'disconnected')`,
      [orgId, credentialId],
    );
    const [credential] = await tx.query<StoredCredential>(selectCredential, [orgId, credentialId]);
    if (!credential) return null;
    const ended = await tx.query<EndedAccount>(endedStatement, [orgId, credentialId, now, unchosenMs]);
    return { credential, ended };
  });
}

// While one connection calls with it, others may be chosen within the day. Of several authorisations that offer an account, the last has it.
const endedStatement = `with ended as (
    select c.id as "connectionId", c.account_ref as "accountRef", c.disconnected_at as "endedAt"
    from sync.connections c where c.org_id = $1 and c.credential_id = $2 and c.status = 'disconnected'
    union all
    select null, u.account_ref, k.created_at + $4 * interval '1 millisecond'
    from sync.credentials k cross join unnest(k.unchosen_refs) as u (account_ref)
    where k.org_id = $1 and k.id = $2 and (k.status = 'revoking' or k.created_at <= $3::timestamptz - $4 * interval '1 millisecond')
  )
  select e.*, exists (select from sync.routes r where r.provider = k.provider and r.account_ref = e."accountRef" and r.active)
      or exists (select from sync.credentials n where n.provider = k.provider and e."accountRef" = any (n.unchosen_refs)
        and n.status in ('pending', 'active') and (n.created_at, n.id) > (k.created_at, k.id)) as "isWanted"
  from ended e join sync.credentials k on k.org_id = $1 and k.id = $2 order by e."connectionId", e."accountRef"`;

type Reason = 'unused' | 'revoked' | 'by_merchant_only' | 'refused' | 'given_up';

async function endAll(
  dependencies: RevocationDependencies,
  credential: StoredCredential,
  ended: readonly EndedAccount[],
): Promise<Reason> {
  const wanted = ended.filter(({ isWanted }) => !isWanted);
  const [longestEnded] = wanted.map(({ endedAt }) => endedAt.getTime()).sort((a, b) => a - b);
  if (longestEnded === undefined) return 'unused';
  try {
    return await endEach(dependencies, credential, wanted);
  } catch (error) {
    if (dependencies.clock().getTime() - longestEnded < patienceMs) throw error;
    const { provider } = credential;
    dependencies.report('ERROR', 'revocation_given_up', { ...keyOf(credential), provider, error: nameOf(error) });
    return 'given_up';
  }
}

async function endEach(
  dependencies: RevocationDependencies,
  credential: StoredCredential,
  accounts: readonly EndedAccount[],
): Promise<Reason> {
  const { envelope, oauth } = dependencies;
  const usable = await freshened(dependencies, credential);
  if (usable === null) return 'refused';
  const place = keyOf(usable);
  const accessToken = await envelope.open(placeOf(place, 'access_token'), usable.sealedAccessToken);
  const refreshToken =
    usable.sealedRefreshToken === null
      ? null
      : await envelope.open(placeOf(place, 'refresh_token'), usable.sealedRefreshToken);
  const { region } = usable;
  const client = clientOf(oauth, usable.provider);
  let reason: Reason = 'revoked';
  for (const { accountRef } of accounts) {
    const request = { accountRef, accessToken, refreshToken, ...(region !== null && { region }) };
    reason = await client.revoke(request).catch((error: unknown) => {
      if (isUnauthorized(error)) return 'refused';
      throw error;
    });
  }
  return reason;
}

/** With an access token that can be used; null when the provider takes nothing of it any more. */
async function freshened(
  dependencies: RevocationDependencies,
  credential: StoredCredential,
): Promise<StoredCredential | null> {
  const leftMs = (credential.accessExpiresAt?.getTime() ?? Number.POSITIVE_INFINITY) - dependencies.clock().getTime();
  if (credential.reason === 'refresh_refused') return null;
  if (leftMs > marginMs) return credential;
  const renewed = await renew(dependencies, credential);
  return renewed.version > credential.version && renewed.status !== 'erased' ? renewed : null;
}

/** Whether it was erased: another connection may call with it. */
function letGo(
  system: Database,
  { orgId, credentialId }: CredentialKey,
  ended: readonly EndedAccount[],
  reason: Reason,
): Promise<boolean> {
  return withSystem(system, async (tx) => {
    await tx.query(
      `update sync.connections set credential_id = null where org_id = $1 and credential_id = $2 and id = any ($3) and status = 'disconnected'`,
      [orgId, credentialId, ended.flatMap(({ connectionId }) => connectionId ?? [])],
    );
    const erased = await tx.query(
      `update sync.credentials set status = 'erased', reason = $3, sealed_access_token = null, sealed_refresh_token = null,
         former_refresh_token = null, unchosen_refs = '{}', version = version + 1, lease = null, leased_until = null
       where org_id = $1 and id = $2 and status = 'revoking' returning id`,
      [orgId, credentialId, reason],
    );
    if (erased.length > 0) return true;
    if (ended.length > 0)
      await tx.query(
        `update sync.credentials k set failures = 0, retry_at = null,
           unchosen_refs = array(select unnest(k.unchosen_refs) except select unnest($3::text[]))
         where k.org_id = $1 and k.id = $2`,
        [
          orgId,
          credentialId,
          ended.flatMap(({ connectionId, accountRef }) => (connectionId === null ? accountRef : [])),
        ],
      );
    return false;
  });
}
