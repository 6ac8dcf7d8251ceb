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
  // The customer is locked too: of a row that is only read, the version from before the wait would count.
  const [wallet] = await tx.query<Omit<LockedWallet, 'balance'>>(
    `select w.id, w.account_id as "accountId", w.status, w.merged_into as "mergedInto", c.erased_at is not null as "isErased"
     from loyalty.wallets w join loyalty.customers c on c.org_id = $1 and c.id = w.customer_id
     where w.org_id = $1 and w.id = $2 for no key update of w for share of c`,
    [tx.orgId, readId('wallet', walletId)],
  );
  if (!wallet) throw new AppError('not_found', 'No such object.');
  const account = (await lockAccounts(tx, [wallet.accountId])).get(wallet.accountId);
  if (!account) throw new Error('a wallet has no account');
  return { ...wallet, balance: account.balance };
}

/** @throws AppError `conflict` for a wallet where nothing moves any more: it was merged, or its customer was erased. */
export function refuseClosed({ mergedInto, isErased }: LockedWallet): void {
  if (isErased) throw new AppError('conflict', 'The customer was erased.');
  if (mergedInto) throw new AppError('conflict', 'The wallet was merged into another one.');
}
