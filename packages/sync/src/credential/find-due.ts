import type { RenewalPolicy } from '@tributary/core/token-set';
import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { choiceMs, unchosenMs } from './choice-time.ts';

export interface DueCredential {
  kind: 'renew' | 'revoke';
  orgId: string;
  credentialId: string;
}

interface Due {
  now: Date;
  /** By name of the provider. */
  renewal: Readonly<Record<string, RenewalPolicy>>;
  /** Of each provider to renew, and to revoke. */
  atMost: number;
}

// Renewed: what the provider's policy says; half way through a refresh token's life; and an access token that lives for days, on its
// last one, so that a provider may be away for hours. Shorter ones are renewed by whoever needs them. Each provider has a
// share of its own: one that is away, and renews nothing, keeps none of another's waiting.
// Revoked: what is to end, what nobody chose an account of for a day, or not of all, and what a connection that was ended still holds.
// Neither, while it waits after a failure, nor then before what has not failed. That its organization is suspended makes no difference: what lay idle too long could only be
// had again from the merchant, and what is to end is to end.
const dueStatement = `select 'renew' as kind, due."orgId", due."credentialId"
  from unnest($2::text[], $3::float8[]) as policy (provider, renew_after_ms)
  cross join lateral (
    select k.org_id as "orgId", k.id as "credentialId" from sync.credentials k
    where k.provider = policy.provider and k.status = 'active' and (k.lease is null or k.leased_until <= now())
      and (k.retry_at is null or k.retry_at <= $1)
      and (k.refreshed_at <= $1::timestamptz - policy.renew_after_ms * interval '1 millisecond'
        or k.refreshed_at + (k.refresh_expires_at - k.refreshed_at) / 2 <= $1::timestamptz
        or (k.access_expires_at - k.refreshed_at > interval '2 days' and k.access_expires_at <= $1::timestamptz + interval '1 day'))
      and exists (select from sync.connections c where c.org_id = k.org_id and c.credential_id = k.id and c.status <> 'disconnected')
    order by k.retry_at nulls first, k.refreshed_at, k.id limit $4
  ) due
  union all
  (select 'revoke', k.org_id, k.id from sync.credentials k
   where (k.retry_at is null or k.retry_at <= $1) and (k.status = 'revoking'
     or (k.status = 'pending' and k.refreshed_at <= $1::timestamptz - $5 * interval '1 millisecond')
     or (k.status <> 'erased' and k.unchosen_refs <> '{}' and k.created_at <= $1::timestamptz - $6 * interval '1 millisecond'))
   order by k.retry_at nulls first, k.refreshed_at, k.id limit $4)
  union all
  (select 'revoke', held.org_id, held.credential_id from (
     select c.org_id, c.credential_id, min(c.disconnected_at) as since from sync.connections c
     join sync.credentials k on k.org_id = c.org_id and k.id = c.credential_id and k.status not in ('revoking', 'erased')
       and (k.retry_at is null or k.retry_at <= $1)
     where c.status = 'disconnected' group by c.org_id, c.credential_id) held
   order by held.since, held.credential_id limit $4)`;

/**
 * The credentials that wait for `renewCredential` or `revokeCredential`, the oldest first. What needs a new authorisation is not
 * among them until it is disconnected. Naming one twice does no harm.
 */
export function findDue(system: Database, { now, renewal, atMost }: Due): Promise<DueCredential[]> {
  const providers = Object.keys(renewal);
  const renewAfterMs = providers.map((provider) => renewal[provider]?.renewAfterMs ?? null);
  return systemStatement<DueCredential>(system, dueStatement, [
    now,
    providers,
    renewAfterMs,
    atMost,
    choiceMs,
    unchosenMs,
  ]);
}
