import type { TenantTransaction } from '@tributary/db/transaction';
import { lockSales, type SaleKey } from '../transaction/sale-state.ts';
import type { Identity } from './identity.ts';

/**
 * Gives anonymous sales that carry these contacts to the customers they belong to now. Answers the sales, locked, whose points are
 * due under the rules of their time (case L62).
 */
export async function linkSales(
  tx: TenantTransaction,
  contacts: readonly (Identity & { customerId: string })[],
): Promise<SaleKey[]> {
  const reachable = contacts.filter(({ kind }) => kind !== 'external');
  if (reachable.length === 0) return [];
  const found = await tx.query<SaleKey & { id: string; customerId: string }>(
    `select t.id, t.provider, t.provider_transaction_id as "externalId", (array_agg(c.customer_id order by c.kind))[1] as "customerId"
     from unnest($2::text[], $3::text[], $4::uuid[]) as c (kind, value, customer_id)
     join loyalty.transactions t on t.org_id = $1 and t.customer_id is null and t.linked_customer_id is null
       and (c.kind = 'email' and t.contact_email = c.value or c.kind = 'mobile' and t.contact_mobile = c.value)
     group by t.id, t.provider, t.provider_transaction_id order by t.id`,
    [
      tx.orgId,
      reachable.map(({ kind }) => kind),
      reachable.map(({ value }) => value),
      reachable.map(({ customerId }) => customerId),
    ],
  );
  if (found.length === 0) return [];
  await lockSales(tx, found);
  return tx.query<SaleKey>(
    `update loyalty.transactions t set linked_customer_id = l.customer_id, updated_at = now()
     from unnest($2::uuid[], $3::uuid[]) as l (id, customer_id)
     where t.org_id = $1 and t.id = l.id and t.customer_id is null and t.linked_customer_id is null
     returning t.provider, t.provider_transaction_id as "externalId"`,
    [tx.orgId, found.map(({ id }) => id), found.map(({ customerId }) => customerId)],
  );
}
