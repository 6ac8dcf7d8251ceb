import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import type { TenantTransaction } from '@tributary/db/transaction';
import { lockAccounts } from '@tributary/ledger/accounts';

/** A wallet nobody else changes until the transaction ends. */
export interface LockedWallet {
  /** UUID. */
  id: string;
  customerId: string;
  accountId: string;
  pendingAccountId: string | null;
  status: 'active' | 'frozen';
  /** The wallet its points went to. */
  mergedInto: string | null;
  tier: string | null;
  /** Points: what was posted, and what of it is not held. */
  balance: number;
  available: number;
}

/**
 * Locks a wallet and its account.
 * @param walletId as shown outside
 * @throws AppError `not_found`.
 */
export async function lockWallet(tx: TenantTransaction, walletId: string): Promise<LockedWallet> {
  const [wallet] = await tx.query<Omit<LockedWallet, 'balance' | 'available'>>(
    `select id, customer_id as "customerId", account_id as "accountId", pending_account_id as "pendingAccountId", status,
       merged_into as "mergedInto", tier
     from loyalty.wallets where org_id = $1 and id = $2 for no key update`,
    [tx.orgId, readId('wallet', walletId)],
  );
  if (!wallet) throw new AppError('not_found', 'No such object.');
  const account = (await lockAccounts(tx, [wallet.accountId])).get(wallet.accountId);
  if (!account) throw new Error('a wallet has no account');
  return { ...wallet, balance: account.balance, available: account.available };
}
