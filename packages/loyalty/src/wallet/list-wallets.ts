import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { walletAccounts, wallets } from './wallet.sql.ts';
import { itsAccount, serializeWallet, walletColumns } from './wallet.ts';

/** Behind the wallet with this id (a UUID). */
export const walletPosition = z.uuid();

const listWalletsInput = z.strictObject({ limit: z.int().positive(), after: walletPosition.optional() });

/** Wallets, the newest first: at most `limit`, each with the position a next page continues from. */
export const listWallets = verb(listWalletsInput, async (context: TenantContext, { limit, after }) => {
  const rows = await readTenant(context, (reader) =>
    reader
      .select(walletColumns)
      .from(wallets)
      .innerJoin(walletAccounts, itsAccount)
      .where(and(eq(wallets.orgId, context.orgId), after === undefined ? undefined : lt(wallets.id, after)))
      .orderBy(desc(wallets.id))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeWallet(row), position: row.id }));
});
