import type { TenantTransaction } from '@tributary/db/transaction';

/** One thing that is wrong with an organization's ledger. Reported, never repaired. */
export interface Discrepancy {
  rule:
    | 'balance_equals_entries'
    | 'versions_contiguous'
    | 'balance_after_runs'
    | 'units_sum_to_zero'
    | 'postings_sum_to_zero'
    | 'legs_have_account_and_posting'
    | 'pending_equals_holds'
    | 'lots_equal_available'
    | 'lots_equal_uses'
    | 'reversals_equal_postings'
    | 'clearing_overdue';
  /** Account, posting or lot id, or a unit. */
  subject: string;
}

/** Checks that the books of the organization hold at a time; an empty list is the only good answer. */
export function reconcile(tx: TenantTransaction, at: Date): Promise<Discrepancy[]> {
  return tx.query<Discrepancy>(
    `with account as (
       select * from ledger.accounts where org_id = $1
     ), entry as (
       select e.*, row_number() over w as expected_version, sum(e.amount) over w as expected_balance
       from ledger.entries e
       where e.org_id = $1
       window w as (partition by e.account_id order by e.version)
     ), record as (
       select r.* from ledger.records r where r.org_id = $1
     ), leg as (
       select posting_id, account_id, amount from entry union all select posting_id, account_id, amount from record
     ), total as (
       select account_id, sum(amount) as amount, max(version) as version from entry group by account_id
     ), folded as (
       select account_id, sum(amount) as amount, max(version) as version from ledger.folds where org_id = $1 group by account_id
     ), pending as (
       select side.account_id, sum(side.debit) as debits, sum(side.credit) as credits
       from ledger.holds h, lateral (values (h.debit_account_id, h.amount, 0), (h.credit_account_id, 0, h.amount)) side (account_id, debit, credit)
       where h.org_id = $1 and h.status = 'pending' group by side.account_id
     )
     select 'balance_equals_entries' as rule, a.id::text as subject
     from account a left join total t on t.account_id = a.id left join folded f on f.account_id = a.id
     where a.balance <> case a.mode when 'authorizing' then coalesce(t.amount, 0) else coalesce(f.amount, 0) end
       or a.version <> case a.mode when 'authorizing' then coalesce(t.version, 0) else coalesce(f.version, 0) end
       -- Of a recording account: what was folded and what was not yet is all there is.
       or a.mode = 'recording' and a.balance + (select coalesce(sum(u.amount), 0) from ledger.unfolded($1, a.id) u)
         <> (select coalesce(sum(r.amount), 0) from record r where r.account_id = a.id)
     union all select distinct 'versions_contiguous', account_id::text from entry where version <> expected_version
     union all select distinct 'balance_after_runs', account_id::text from entry where balance_after <> expected_balance
     union all select 'units_sum_to_zero', unit from (
       select a.unit, case a.mode when 'authorizing' then a.balance
         else (select coalesce(sum(r.amount), 0) from record r where r.account_id = a.id) end as amount
       from account a
     ) held group by unit having sum(amount) <> 0
     union all select 'postings_sum_to_zero', posting_id::text from (
       select l.posting_id, sum(l.amount) as amount from leg l left join account a on a.id = l.account_id group by l.posting_id, a.unit
     ) posted group by posting_id having bool_or(amount <> 0)
     union all select distinct 'legs_have_account_and_posting', l.posting_id::text from leg l
       where not exists (select from account a where a.id = l.account_id)
         or not exists (select from ledger.postings p where p.org_id = $1 and p.id = l.posting_id)
     union all select 'pending_equals_holds', a.id::text from account a left join pending p on p.account_id = a.id
       where a.mode = 'authorizing'
         and (a.pending_debits, a.pending_credits) <> (coalesce(p.debits, 0), coalesce(p.credits, 0))
     union all select 'lots_equal_available', a.id::text from account a
       where a.keeps_lots and greatest(a.balance - a.pending_debits, 0)
         <> (select coalesce(sum(l.remaining), 0) from ledger.lots l where l.org_id = $1 and l.account_id = a.id)
     union all select 'lots_equal_uses', l.id::text from ledger.lots l
       where l.org_id = $1 and l.amount - l.remaining
         <> (select coalesce(sum(u.amount), 0) from ledger.lot_uses u where u.org_id = $1 and u.lot_id = l.id)
     union all select 'reversals_equal_postings', v.posting_id::text from ledger.reversals v
       where v.org_id = $1
         and v.amount <> (select coalesce(sum(l.amount), 0) from leg l where l.posting_id = v.posting_id and l.account_id = v.account_id)
     union all select 'clearing_overdue', a.id::text from account a, lateral (
         -- Away from zero since the entry after the last one that left it there.
         select min(p.recorded_at) as since from entry e join ledger.postings p on p.org_id = $1 and p.id = e.posting_id
         where e.account_id = a.id and e.version > coalesce((select max(z.version) from entry z where z.account_id = a.id and z.balance_after = 0), 0)
       ) open
       where a.kind = 'clearing' and a.balance <> 0 and open.since + a.clears_within < $2`,
    [tx.orgId, at],
  );
}
