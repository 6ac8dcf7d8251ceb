import type { TenantTransaction } from '@tributary/db/transaction';
import { openAccounts } from '@tributary/ledger/accounts';

/** An account of a wallet holds points that can be spent, or those that wait until they can. */
type Account = 'wallet' | 'pending';

/** Makes the accounts of these customers (UUIDs) that are not there yet. Answers the id of each by its customer. */
export async function openWalletAccounts(
  tx: TenantTransaction,
  account: Account,
  customerIds: readonly string[],
): Promise<Map<string, string>> {
  const code = (customerId: string) => `${account}:${customerId}`;
  const opened = await openAccounts(
    tx,
    customerIds.map((id) => ({ code: code(id), unit: 'points', kind: 'wallet', floor: 0, keepsLots: true })),
  );
  return new Map(customerIds.map((id) => [id, opened.get(code(id)) as string]));
}

/** Makes the accounts in which points wait, for wallets without one. Answers the id of each by its customer. */
export async function openPendingAccounts(
  tx: TenantTransaction,
  customerIds: readonly string[],
): Promise<Map<string, string>> {
  const opened = await openWalletAccounts(tx, 'pending', customerIds);
  await tx.query(
    `update loyalty.wallets w set pending_account_id = p.account_id, updated_at = now()
     from unnest($2::uuid[], $3::uuid[]) as p (customer_id, account_id) where w.org_id = $1 and w.customer_id = p.customer_id`,
    [tx.orgId, [...opened.keys()], [...opened.values()]],
  );
  return opened;
}
