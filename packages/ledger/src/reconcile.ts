import type { TenantTransaction } from '@tributary/db/transaction';

/** One thing that is wrong with an organization's ledger. Reported, never repaired. */
export interface Discrepancy {
  rule:
    | 'balance_equals_entries'
    | 'versions_contiguous'
    | 'balance_after_runs'
    | 'units_sum_to_zero'
    | 'postings_sum_to_zero';
  /** Account id, posting id or unit. */
  subject: string;
}

/** Checks that the books of the organization hold; an empty list is the only good answer. */
export function reconcile(tx: TenantTransaction): Promise<Discrepancy[]> {
  return tx.query<Discrepancy>(
    `with entry as (
       select e.*, row_number() over w as expected_version, sum(e.amount) over w as expected_balance
       from ledger.entries e
       where e.org_id = $1
       window w as (partition by e.account_id order by e.version)
     ), record as (
       select r.posting_id, r.amount, r.unit from ledger.records r where r.org_id = $1
     ), total as (
       select account_id, sum(amount) as amount, max(version) as version from entry group by account_id
     )
     select 'balance_equals_entries' as rule, a.id::text as subject
     from ledger.accounts a left join total t on t.account_id = a.id
     where a.org_id = $1 and (a.balance <> coalesce(t.amount, 0) or a.version <> coalesce(t.version, 0))
     union all select distinct 'versions_contiguous', account_id::text from entry where version <> expected_version
     union all select distinct 'balance_after_runs', account_id::text from entry where balance_after <> expected_balance
     union all select 'units_sum_to_zero', unit from (
       select unit, balance as amount from ledger.accounts where org_id = $1
       union all select unit, amount from record
     ) held group by unit having sum(amount) <> 0
     union all select 'postings_sum_to_zero', posting_id::text from (
       select posting_id, unit, amount from entry union all select posting_id, unit, amount from record
     ) leg group by posting_id, unit having sum(amount) <> 0`,
    [tx.orgId],
  );
}
