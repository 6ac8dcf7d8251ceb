import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import type { TenantTransaction } from '@tributary/db/transaction';
import { lockAccounts } from '@tributary/ledger/accounts';

/** A wallet nobody else changes until the transaction ends. */
export interface LockedWallet {
  /** UUID. */
  id: string;
  accountId: string;
  status: 'active' | 'frozen';
  /** The wallet its points went to. */
  mergedInto: string | null;
  /** Nothing tells whose it is, so nobody can ask for anything. */
  isErased: boolean;
  /** In points. */
  balance: number;
}

/**
 * Locks a wallet and its account.
 * @param walletId as shown outside
 * @throws AppError `not_found`.
 */
export async function lockWallet(tx: TenantTransaction, walletId: string): Promise<LockedWallet> {
  const [wallet] = await tx.query<Omit<LockedWallet, 'balance'>>(
    `select id, account_id as "accountId", status, merged_into as "mergedInto", (
       select c.erased_at is not null from loyalty.customers c where c.org_id = $1 and c.id = wallets.customer_id) as "isErased"
     from loyalty.wallets where org_id = $1 and id = $2 for no key update`,
    [tx.orgId, readId('wallet', walletId)],
  );
  if (!wallet) throw new AppError('not_found', 'No such object.');
  const account = (await lockAccounts(tx, [wallet.accountId])).get(wallet.accountId);
  if (!account) throw new Error('a wallet has no account');
  return { ...wallet, balance: account.balance };
}

/** @throws AppError `conflict` for a wallet that was merged, or whose customer was erased: nothing moves there any more. */
export function refuseMerged({ mergedInto, isErased }: LockedWallet): void {
  if (isErased) throw new AppError('conflict', 'The customer was erased.');
  if (mergedInto) throw new AppError('conflict', 'The wallet was merged into another one.');
}
