import { showId } from '@tributary/core/ids';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type CustomerRow, customer, serializeCustomer, shownCustomer } from './customer.ts';
import { walletAccounts, wallets } from './wallet.sql.ts';

export const wallet = z
  .strictObject({
    id: z.string(),
    status: z.enum(['active', 'frozen']),
    balance: z.int().describe('Points that can be spent now.'),
    held: z.int().nonnegative().describe('Points that issued rewards hold.'),
    pending: z.int().describe('Points that can be spent later.'),
    tier: z.string().nullable(),
    customer,
    mergedInto: z
      .string()
      .nullable()
      .describe('The wallet its points went to when two customers turned out to be one.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Wallet', description: 'The points of one customer.' });

export type Wallet = z.infer<typeof wallet>;

/** What can be spent now: the balance of its account without what is held. */
export const availablePoints = sql`${walletAccounts.balance} - ${walletAccounts.pendingDebits}`.mapWith(Number);

/** What is selected to show a wallet, and the joins it takes. */
export const walletColumns = {
  id: wallets.id,
  status: wallets.status,
  balance: availablePoints,
  held: sql`${walletAccounts.pendingDebits}`.mapWith(Number),
  pending: sql`coalesce((select p.balance from ledger.accounts p
    where p.org_id = ${wallets.orgId} and p.id = ${wallets.pendingAccountId}), 0)`.mapWith(Number),
  tier: wallets.tier,
  customer: shownCustomer<CustomerRow>(wallets.orgId, wallets.customerId),
  mergedInto: wallets.mergedInto,
  createdAt: wallets.createdAt,
};
export const itsAccount = and(eq(walletAccounts.orgId, wallets.orgId), eq(walletAccounts.id, wallets.accountId));

interface WalletRow extends Omit<Wallet, 'customer' | 'createdAt'> {
  customer: CustomerRow;
  createdAt: Date;
}

export function serializeWallet(row: WalletRow): Wallet {
  return {
    ...row,
    id: showId('wallet', row.id),
    customer: serializeCustomer(row.customer),
    mergedInto: row.mergedInto && showId('wallet', row.mergedInto),
    createdAt: row.createdAt.toISOString(),
  };
}
