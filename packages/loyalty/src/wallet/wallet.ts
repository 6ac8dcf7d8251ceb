import { showId } from '@tributary/core/ids';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { type Customer, customer, serializeCustomer } from './customer.ts';
import { customers, walletAccounts, wallets } from './wallet.sql.ts';

export const wallet = z
  .strictObject({
    id: z.string(),
    status: z.enum(['active', 'frozen']),
    balance: z.int().describe('Points.'),
    customer,
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Wallet', description: 'The points of one customer.' });

export type Wallet = z.infer<typeof wallet>;

/** What is selected to show a wallet, and the joins it takes. */
export const walletColumns = {
  id: wallets.id,
  status: wallets.status,
  balance: walletAccounts.balance,
  customer: { id: customers.id, provider: customers.provider, externalId: customers.externalId },
  createdAt: wallets.createdAt,
};
export const itsAccount = and(eq(walletAccounts.orgId, wallets.orgId), eq(walletAccounts.id, wallets.accountId));
export const itsCustomer = and(eq(customers.orgId, wallets.orgId), eq(customers.id, wallets.customerId));

interface WalletRow extends Omit<Wallet, 'createdAt'> {
  customer: Customer;
  createdAt: Date;
}

export function serializeWallet(row: WalletRow): Wallet {
  return {
    ...row,
    id: showId('wallet', row.id),
    customer: serializeCustomer(row.customer),
    createdAt: row.createdAt.toISOString(),
  };
}
