import type { TenantTransaction } from '@tributary/db/transaction';

/** Where people have had a hand in an organization's points, in names that do not depend on ids. Personal data. */
export interface Scope {
  /** Ids at providers (`provider id`) of customers whose points people moved: of their sales only what was decided can be derived. */
  customers: string[];
  /** Sales (`provider id`) of which not even that can be. */
  sales: string[];
}

/**
 * Finds what facts alone do not tell. Customers whose wallets have postings other than those of sales (rewards, adjustments, merges, expiry),
 * are frozen or merged, or who have a name no sale tells. Sales that points paid for, of frozen wallets, and those that were given to a
 * customer by an address which only a person has tied to them.
 */
export async function readScope(tx: TenantTransaction): Promise<Scope> {
  const [scope] = await tx.query<Scope>(
    `with linked as (
       select t.provider || ' ' || t.provider_transaction_id as sale, t.linked_customer_id as customer_id
       from loyalty.transactions t where t.org_id = $1 and t.customer_id is null and t.linked_customer_id is not null
         and not exists (select from loyalty.transactions n where n.org_id = $1 and n.customer_id = t.linked_customer_id
           and (n.contact_email = t.contact_email or n.contact_mobile = t.contact_mobile))
     ), untold as (
       select i.customer_id from loyalty.customer_identities i where i.org_id = $1 and i.kind = 'external'
         and not exists (select from loyalty.transactions t
           where t.org_id = $1 and t.provider = i.provider and t.customer_ref ->> 'externalId' = i.value)
     ), moved as (
       select w.customer_id from loyalty.wallets w where w.org_id = $1 and (
         w.status = 'frozen' or exists (select from loyalty.wallets m where m.org_id = $1 and m.merged_into = w.id)
         or exists (select from ledger.entries e join ledger.postings p on p.org_id = $1 and p.id = e.posting_id
           where e.org_id = $1 and e.account_id in (w.account_id, w.pending_account_id) and p.kind not in ('earn', 'clawback', 'release')))
     ), frozen as (
       select t.provider || ' ' || t.provider_transaction_id as sale from loyalty.transactions t
       join loyalty.customers c on c.org_id = $1 and c.id = coalesce(t.customer_id, t.linked_customer_id)
       join loyalty.wallets w on w.org_id = $1 and w.customer_id = coalesce(c.merged_into, c.id) and w.status = 'frozen'
       where t.org_id = $1
     ), paid as (
       select r.provider || ' ' || r.provider_transaction_id as sale from loyalty.rewards r
       where r.org_id = $1 and r.status = 'redeemed' and r.provider is not null
     )
     select
       (select coalesce(array_agg(distinct i.provider || ' ' || i.value), '{}') from loyalty.customer_identities i
        where i.org_id = $1 and i.kind = 'external'
          and i.customer_id in (select customer_id from linked union select customer_id from untold union select customer_id from moved)
       ) as customers,
       (select coalesce(array_agg(sale), '{}') from (
          select sale from linked union select sale from frozen union select sale from paid) s) as sales`,
    [tx.orgId],
  );
  return scope as Scope;
}
