import type { TenantTransaction } from '@tributary/db/transaction';
import type { Scope } from './read-scope.ts';

/**
 * What follows from facts, a line each: every sale and refund by a hash of what is known of it; for every sale, kind and customer the points
 * that moved and that were waived; what every customer holds. Of a customer people had a hand in, what was decided: how much of it moved
 * depends on what they held. Customers are named by a hash of all their ids at providers.
 */
export async function readLedgerLines(tx: TenantTransaction, { customers, sales }: Scope): Promise<string[]> {
  const rows = await tx.query<{ line: string }>(
    `with named as (
       select customer_id, bool_or(provider || ' ' || value = any ($2)) as by_hand,
         encode(sha256(convert_to(string_agg(provider || ' ' || value, ',' order by provider, value), 'UTF8')), 'hex') as name
       from loyalty.customer_identities where org_id = $1 and kind = 'external' group by customer_id
     ), moved as (
       select t.provider, t.provider_transaction_id as sale, e.kind, case when n.by_hand is false then n.name end as name,
         sum(e.points)::bigint as points, sum(e.waived)::bigint as waived
       from loyalty.reward_events e
       join loyalty.transactions t on t.org_id = $1 and t.id = e.transaction_id
       join loyalty.wallets w on w.org_id = $1 and w.id = e.wallet_id
       left join named n on n.customer_id = w.customer_id
       where e.org_id = $1 and e.kind in ('earn', 'clawback') and t.provider || ' ' || t.provider_transaction_id <> all ($3)
       group by 1, 2, 3, 4
     )
     select jsonb_build_array('sale', provider, provider_transaction_id, encode(content_hash, 'hex'))::text as line
     from loyalty.transactions where org_id = $1
     union all
     select jsonb_build_array('refund', provider, provider_refund_id, encode(content_hash, 'hex'))::text
     from loyalty.refunds where org_id = $1
     union all
     select jsonb_build_array('points', provider, sale, kind, name, points, waived)::text from moved
     where name is not null and (points <> 0 or waived <> 0)
     union all
     select jsonb_build_array('decided', provider, sale, kind, points + waived)::text from moved
     where name is null and points + waived <> 0
     union all
     select jsonb_build_array('balance', n.name, sum(a.balance))::text
     from named n join loyalty.wallets w on w.org_id = $1 and w.customer_id = n.customer_id
     join ledger.accounts a on a.org_id = $1 and a.id in (w.account_id, w.pending_account_id)
     where not n.by_hand group by n.name having sum(a.balance) <> 0`,
    [tx.orgId, customers, sales],
  );
  return rows.map(({ line }) => line);
}
