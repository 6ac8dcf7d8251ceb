import { AppError } from '@tributary/core/errors';
import type { Reader } from '@tributary/db/read';
import type { TenantTransaction } from '@tributary/db/transaction';
import { and, eq, type SQL } from 'drizzle-orm';
import type * as z from 'zod';
import { customer, firstOf } from '../wallet/customer.ts';
import { customers, walletAccounts, wallets } from '../wallet/wallet.sql.ts';
import { itsAccount, serializeWallet, wallet, walletColumns } from '../wallet/wallet.ts';

export const customerDetail = customer
  .extend({ wallet: wallet.omit({ customer: true }).meta({ id: 'WalletOfCustomer' }) })
  .meta({ id: 'CustomerDetail', description: 'A customer with the wallet. Nothing by which to reach the person.' });

export type CustomerDetail = z.infer<typeof customerDetail>;

/** Selects customers with their wallets; of one that was merged, those of the one it turned out to be. */
export function selectCustomers(reader: Reader, orgId: string, which: SQL) {
  const itsWallet = and(
    eq(wallets.orgId, customers.orgId),
    eq(wallets.customerId, firstOf(customers.mergedInto, customers.id)),
  );
  return reader
    .select(walletColumns)
    .from(customers)
    .innerJoin(wallets, itsWallet)
    .innerJoin(walletAccounts, itsAccount)
    .where(and(eq(customers.orgId, orgId), which));
}

/** @throws AppError `not_found` when nothing was found. */
export function serializeCustomerDetail([row]: readonly Parameters<typeof serializeWallet>[0][]): CustomerDetail {
  if (!row) throw new AppError('not_found', 'No such object.');
  const { customer: who, ...wallet } = serializeWallet(row);
  return { ...who, wallet };
}

/** A customer as they are in this transaction. */
export async function readCustomer(tx: TenantTransaction, customerId: string): Promise<CustomerDetail> {
  return serializeCustomerDetail(await selectCustomers(tx.drizzle, tx.orgId, eq(customers.id, customerId)));
}
