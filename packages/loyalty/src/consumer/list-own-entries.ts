import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type ConsumerContext, readConsumer } from '@tributary/db/read';
import { desc, eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { serializeMovement } from '../wallet/entry.ts';
import { listEntriesInput, newestEntries } from '../wallet/list-entries.ts';
import { walletPostings, wallets } from '../wallet/wallet.sql.ts';
import { ownCustomers } from './own.sql.ts';

/**
 * The ledger of a wallet of the consumer, the newest entry first: at most `limit`, each with the position a next page continues from.
 * @throws AppError `not_found`, also for a wallet of somebody else; one without entries is an empty list.
 */
export const listOwnEntries = verb(listEntriesInput, async (context: ConsumerContext, wanted) => {
  const rows = await readOwnEntries(context, wanted);
  if (rows.length === 0) throw new AppError('not_found', 'No such object.');
  return rows.flatMap(({ entry, posting }) =>
    entry && posting ? [{ item: serializeMovement({ ...entry, posting }), position: entry.version }] : [],
  );
});

/** The wallet once per entry, or once without any. */
function readOwnEntries(context: ConsumerContext, { walletId, limit, after }: z.output<typeof listEntriesInput>) {
  return readConsumer(context, (reader) => {
    const { own, itsWallet } = ownCustomers(reader);
    const { entry, itsPosting } = newestEntries(reader, { limit, after });
    return reader
      .select({
        entry: { version: entry.version, amount: entry.amount, balanceAfter: entry.balanceAfter },
        posting: { kind: walletPostings.kind, effectiveAt: walletPostings.effectiveAt },
      })
      .from(own)
      .innerJoin(wallets, itsWallet)
      .leftJoinLateral(entry, sql`true`)
      .leftJoin(walletPostings, itsPosting)
      .where(eq(wallets.id, readId('wallet', walletId)))
      .orderBy(desc(entry.version));
  });
}
