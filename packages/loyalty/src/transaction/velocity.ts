import type { TenantTransaction } from '@tributary/db/transaction';
import { earns } from './compute-rewards.ts';
import type { SaleState } from './sale-state.ts';

/**
 * Notes wallets with more sales in a clock hour than their rule lets pass unseen. It stops nothing: somebody should look. An hour is
 * noted once.
 */
export async function noteVelocity(tx: TenantTransaction, sales: readonly SaleState[]): Promise<void> {
  const watched = sales.flatMap((sale) => {
    const limit = sale.rule?.config.limits.salesPerHourAlert ?? null;
    return earns(sale) && sale.wallet && limit !== null ? [{ wallet: sale.wallet, at: sale.transactionAt, limit }] : [];
  });
  if (watched.length === 0) return;
  await tx.query(
    `insert into loyalty.velocity_alerts (org_id, wallet_id, hour, sales)
     select $1, w.wallet_id, w.hour, count(t.id)
     from (
       select v.wallet_id, v.customer_id, date_trunc('hour', v.at, 'UTC') as hour, min(v.most) as most
       from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::int[]) as v (wallet_id, customer_id, at, most) group by 1, 2, 3
     ) w
     join loyalty.customers c on c.org_id = $1 and (c.id = w.customer_id or c.merged_into = w.customer_id)
     join loyalty.transactions t on t.org_id = $1 and (t.customer_id = c.id or t.customer_id is null and t.linked_customer_id = c.id)
       and t.status = 'completed' and t.transaction_at >= w.hour and t.transaction_at < w.hour + interval '1 hour'
     group by w.wallet_id, w.hour, w.most having count(t.id) > w.most
     order by w.wallet_id, w.hour on conflict (org_id, wallet_id, hour) do nothing`,
    [
      tx.orgId,
      watched.map(({ wallet }) => wallet.id),
      watched.map(({ wallet }) => wallet.customerId),
      watched.map(({ at }) => at),
      watched.map(({ limit }) => limit),
    ],
  );
}
