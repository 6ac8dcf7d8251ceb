import type { TenantTransaction } from '@tributary/db/transaction';
import type { SaleKey } from '../transaction/sale-state.ts';

/**
 * Sales that may have been told something while a wallet was frozen: those of its customer, those it has points of, and those its
 * rewards were used on. Refunds do not say when they were told, so a sale with any is among them.
 * @param walletId UUID
 */
export function readMissedSales(tx: TenantTransaction, walletId: string): Promise<SaleKey[]> {
  // Generous by some minutes: a row carries the time at which its transaction began.
  return tx.query<SaleKey>(
    `with own as materialized (
       select w.* from loyalty.wallets w where w.org_id = $1 and (w.id = $2 or w.merged_into = $2)
     ), frozen as materialized (
       select coalesce(max(a.created_at) - interval '10 minutes', '-infinity') as since from audit.records a
       where a.org_id = $1 and a.target_type = 'wallet' and a.target_id = $2 and a.action = 'wallet.freeze'
     ), touched as (
       select t.id from own join loyalty.transactions t on t.org_id = $1 and t.customer_id = own.customer_id
       union
       select t.id from own join loyalty.transactions t on t.org_id = $1 and t.linked_customer_id = own.customer_id
       union
       select r.transaction_id from own
       join ledger.entries e on e.org_id = $1 and e.account_id in (own.account_id, own.pending_account_id)
       join loyalty.reward_events r on r.org_id = $1 and r.posting_id = e.posting_id
       union
       select t.id from own join loyalty.rewards r on r.org_id = $1 and r.wallet_id = own.id and r.status = 'redeemed'
       join loyalty.transactions t
         on t.org_id = $1 and t.provider = r.provider and t.provider_transaction_id = r.provider_transaction_id
     )
     select t.provider, t.provider_transaction_id as "externalId"
     from touched join loyalty.transactions t on t.org_id = $1 and t.id = touched.id cross join frozen
     where t.updated_at >= frozen.since or exists (
       select from loyalty.refunds r
       where r.org_id = $1 and r.provider = t.provider and r.provider_transaction_id = t.provider_transaction_id
     )
     order by t.transaction_at, t.id`,
    [tx.orgId, walletId],
  );
}
