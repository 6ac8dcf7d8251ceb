import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type ConsumerContext, readConsumer } from '@tributary/db/read';
import { eq } from 'drizzle-orm';
import * as z from 'zod';
import { wallets } from '../wallet/wallet.sql.ts';
import { selectOwnWallets, serializeOwnWallet } from './own-wallet.ts';

const getOwnWalletInput = z.strictObject({ walletId: z.string() });

/** One wallet of the consumer. @throws AppError `not_found`, also for a wallet of somebody else. */
export const getOwnWallet = verb(getOwnWalletInput, async (context: ConsumerContext, { walletId }) => {
  const wanted = eq(wallets.id, readId('wallet', walletId));
  const [row] = await readConsumer(context, (reader) => selectOwnWallets(reader, wanted));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeOwnWallet(row);
});
