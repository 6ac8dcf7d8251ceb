import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { walletAccounts, wallets } from './wallet.sql.ts';
import { itsAccount, serializeWallet, type Wallet, walletColumns } from './wallet.ts';

const getWalletInput = z.strictObject({ walletId: z.string() });

/** @throws AppError `not_found`. */
export const getWallet = verb(getWalletInput, async (context: TenantContext, { walletId }): Promise<Wallet> => {
  const own = and(eq(wallets.orgId, context.orgId), eq(wallets.id, readId('wallet', walletId)));
  const [row] = await readTenant(context, (reader) =>
    reader.select(walletColumns).from(wallets).innerJoin(walletAccounts, itsAccount).where(own),
  );
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeWallet(row);
});
