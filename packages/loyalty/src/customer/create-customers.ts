import type { TenantTransaction } from '@tributary/db/transaction';
import { openWalletAccounts } from '../wallet/wallet-accounts.ts';

/** Makes so many customers, each with a wallet that holds nothing. Three statements whatever the number. Answers their ids. */
export async function createCustomers(tx: TenantTransaction, count: number): Promise<string[]> {
  if (count === 0) return [];
  const made = await tx.query<{ id: string }>(
    'insert into loyalty.customers (org_id) select $1 from generate_series(1, $2::int) returning id',
    [tx.orgId, count],
  );
  const ids = made.map(({ id }) => id);
  const accounts = await openWalletAccounts(tx, 'wallet', ids);
  await tx.query(
    `insert into loyalty.wallets (org_id, customer_id, account_id)
     select $1, w.* from unnest($2::uuid[], $3::uuid[]) as w`,
    [tx.orgId, ids, ids.map((id) => accounts.get(id))],
  );
  return ids;
}
