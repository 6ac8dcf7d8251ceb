import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';
import { lockAccounts } from '@tributary/ledger/accounts';
import { openPendingAccounts } from '../wallet/wallet-accounts.ts';
import type { MovingLot } from './compute-merge.ts';

/** One of two customers to be merged, with the wallet, which nobody else changes until the transaction ends. */
export interface LockedCustomer {
  /** UUIDs. */
  customerId: string;
  mergedInto: string | null;
  walletId: string;
  accountId: string;
  pendingAccountId: string | null;
  status: 'active' | 'frozen';
  /** Whether a reward holds points of the wallet. */
  hasOpenRewards: boolean;
}

/** Reads two customers and locks their wallets. @throws AppError `not_found`. */
export async function lockPair(
  tx: TenantTransaction,
  fromId: string,
  intoId: string,
): Promise<{ from: LockedCustomer; into: LockedCustomer }> {
  await tx.query(
    'select from loyalty.wallets where org_id = $1 and customer_id = any ($2) order by id for no key update',
    [tx.orgId, [fromId, intoId]],
  );
  // Only now: what was committed before the locks were ours counts.
  const rows = await tx.query<LockedCustomer>(
    `select c.id as "customerId", c.merged_into as "mergedInto", w.id as "walletId", w.account_id as "accountId",
       w.pending_account_id as "pendingAccountId", w.status,
       exists (select from loyalty.rewards r where r.org_id = $1 and r.wallet_id = w.id and r.status = 'issued') as "hasOpenRewards"
     from loyalty.customers c join loyalty.wallets w on w.org_id = $1 and w.customer_id = c.id
     where c.org_id = $1 and c.id = any ($2)`,
    [tx.orgId, [fromId, intoId]],
  );
  const [from, into] = [fromId, intoId].map((id) => rows.find(({ customerId }) => customerId === id));
  if (!from || !into) throw new AppError('not_found', 'No such object.');
  return { from, into };
}

/** Makes the account in which points of a wallet wait, unless it is there. Answers its id. */
export async function openPending(
  tx: TenantTransaction,
  { customerId, pendingAccountId }: LockedCustomer,
): Promise<string> {
  return pendingAccountId ?? ((await openPendingAccounts(tx, [customerId])).get(customerId) as string);
}

/** What accounts hold, all of them locked in one go: the balance and the lots it is made of, the first to expire first. */
export async function lockHoldings(
  tx: TenantTransaction,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, { balance: number; lots: readonly MovingLot[] }>> {
  const accounts = await lockAccounts(tx, accountIds);
  const lots = await tx.query<MovingLot & { accountId: string }>(
    `select id, account_id as "accountId", remaining, origin, expires_at as "expiresAt", available_at as "availableAt"
     from ledger.lots where org_id = $1 and account_id = any ($2) and remaining > 0 order by expires_at, id`,
    [tx.orgId, accountIds],
  );
  return new Map(
    [...accounts].map(([id, { balance }]) => [id, { balance, lots: lots.filter(({ accountId }) => accountId === id) }]),
  );
}
