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
    `select id, account_id as "accountId", status, merged_into as "mergedInto"
     from loyalty.wallets where org_id = $1 and id = $2 for no key update`,
    [tx.orgId, readId('wallet', walletId)],
  );
  if (!wallet) throw new AppError('not_found', 'No such object.');
  const account = (await lockAccounts(tx, [wallet.accountId])).get(wallet.accountId);
  if (!account) throw new Error('a wallet has no account');
  return { ...wallet, balance: account.balance };
}

/** @throws AppError `conflict` for a wallet that was merged: nothing moves there any more. */
export function refuseMerged({ mergedInto }: LockedWallet): void {
  if (mergedInto) throw new AppError('conflict', 'The wallet was merged into another one.');
}
