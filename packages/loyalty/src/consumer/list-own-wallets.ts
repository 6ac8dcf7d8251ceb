import { verb } from '@tributary/core/verb';
import { type ConsumerContext, readConsumer } from '@tributary/db/read';
import { desc, lt } from 'drizzle-orm';
import * as z from 'zod';
import { wallets } from '../wallet/wallet.sql.ts';
import { selectOwnWallets, serializeOwnWallet } from './own-wallet.ts';

/** Behind the wallet with this id (a UUID). */
export const ownWalletPosition = z.uuid();

const listOwnWalletsInput = z.strictObject({ limit: z.int().positive(), after: ownWalletPosition.optional() });

/** A consumer's wallets at all merchants, the newest first: at most `limit`, each with the position a next page continues from. */
export const listOwnWallets = verb(listOwnWalletsInput, async (context: ConsumerContext, { limit, after }) => {
  const rows = await readConsumer(context, (reader) =>
    selectOwnWallets(reader, after === undefined ? undefined : lt(wallets.id, after))
      .orderBy(desc(wallets.id))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeOwnWallet(row), position: row.id }));
});
