import { normalizeEmail, normalizeMobile } from '@tributary/core/contact';
import type { CustomerRef } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';

/** One of the things a customer is known by. */
export interface Identity {
  kind: 'external' | 'email' | 'mobile';
  /** Whose id it is when it is external, else empty. */
  provider: string;
  /** Normalised. */
  value: string;
}

export const identityKey = ({ kind, provider, value }: Identity) => `${kind}:${provider}:${value}`;

/**
 * What a provider says of a customer as identities, the most certain first. What cannot be an address or number is left out.
 * @param country ISO 3166-1 alpha-2, for numbers without a country code
 */
export function identitiesOf(provider: string, ref: CustomerRef | null, country: string): Identity[] {
  const email = ref?.email === undefined ? null : normalizeEmail(ref.email);
  const mobile = ref?.mobile === undefined ? null : normalizeMobile(ref.mobile, country);
  return [
    ...(ref?.externalId ? [{ kind: 'external' as const, provider, value: ref.externalId }] : []),
    ...(email === null ? [] : [{ kind: 'email' as const, provider: '', value: email }]),
    ...(mobile === null ? [] : [{ kind: 'mobile' as const, provider: '', value: mobile }]),
  ];
}

/** Serialises who these identities belong to until the transaction ends. In one order for all, so nobody deadlocks over them. */
export async function lockIdentities(tx: TenantTransaction, identities: readonly Identity[]): Promise<void> {
  const keys = [...new Set(identities.map((identity) => `${tx.orgId}:${identityKey(identity)}`))].sort();
  await tx.query('select pg_advisory_xact_lock(hashtextextended(key, 1)) from unnest($1::text[]) as key', [keys]);
}

/** Whose these identities are: the id of the customer by `identityKey`. */
export async function findCustomers(
  tx: TenantTransaction,
  identities: readonly Identity[],
): Promise<Map<string, string>> {
  const rows = await tx.query<Identity & { customerId: string }>(
    `select i.kind, i.provider, i.value, i.customer_id as "customerId"
     from (select distinct * from unnest($2::text[], $3::text[], $4::text[])) as wanted (kind, provider, value)
     join loyalty.customer_identities i
       on i.org_id = $1 and i.kind = wanted.kind and i.provider = wanted.provider and i.value = wanted.value`,
    [tx.orgId, ...columnsOf(identities)],
  );
  return new Map(rows.map((row) => [identityKey(row), row.customerId]));
}

/** Gives identities that are nobody's to customers. They are locked and were found to be free. */
export async function claimIdentities(
  tx: TenantTransaction,
  claims: readonly (Identity & { customerId: string })[],
): Promise<void> {
  if (claims.length === 0) return;
  await tx.query(
    `insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id)
     select $1, c.* from unnest($2::text[], $3::text[], $4::text[], $5::uuid[]) as c`,
    [tx.orgId, ...columnsOf(claims), claims.map(({ customerId }) => customerId)],
  );
}

const columnsOf = (identities: readonly Identity[]) => [
  identities.map(({ kind }) => kind),
  identities.map(({ provider }) => provider),
  identities.map(({ value }) => value),
];
