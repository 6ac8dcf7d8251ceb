import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type ConsumerContext, readConsumer } from '@tributary/db/read';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import * as z from 'zod';
import { walletEntries, walletPostings, wallets } from '../wallet/wallet.sql.ts';
import { ownCustomers } from './own.sql.ts';
import { serializeOwnEntry } from './own-entry.ts';

/** Behind the entry of this version. */
export const ownEntryPosition = z.int().positive();

const listOwnEntriesInput = z.strictObject({
  walletId: z.string(),
  limit: z.int().positive(),
  after: ownEntryPosition.optional(),
});

type Wanted = z.output<typeof listOwnEntriesInput>;

/**
 * The ledger of a wallet of the consumer, the newest entry first: at most `limit`, each with the position a next page continues from.
 * @throws AppError `not_found`, also for a wallet of somebody else; one without entries is an empty list.
 */
export const listOwnEntries = verb(listOwnEntriesInput, async (context: ConsumerContext, wanted) => {
  const rows = await readOwnEntries(context, wanted);
  if (rows.length === 0) throw new AppError('not_found', 'No such object.');
  return rows.flatMap(({ entry, posting }) =>
    entry && posting ? [{ item: serializeOwnEntry({ ...entry, ...posting }), position: entry.version }] : [],
  );
});

/** The wallet once per entry, or once without any. */
function readOwnEntries(context: ConsumerContext, { walletId, limit, after }: Wanted) {
  return readConsumer(context, (reader) => {
    const { own, itsWallet } = ownCustomers(reader);
    const behind = after === undefined ? undefined : lt(walletEntries.version, after);
    const ofWallet = and(eq(walletEntries.orgId, wallets.orgId), eq(walletEntries.accountId, wallets.accountId));
    const entry = reader
      .select({
        version: walletEntries.version,
        postingId: walletEntries.postingId,
        amount: walletEntries.amount,
        balanceAfter: walletEntries.balanceAfter,
      })
      .from(walletEntries)
      .where(and(ofWallet, behind))
      .orderBy(desc(walletEntries.version))
      .limit(limit)
      .as('entry');
    return reader
      .select({
        entry: { version: entry.version, amount: entry.amount, balanceAfter: entry.balanceAfter },
        posting: { kind: walletPostings.kind, effectiveAt: walletPostings.effectiveAt },
      })
      .from(own)
      .innerJoin(wallets, itsWallet)
      .leftJoinLateral(entry, sql`true`)
      .leftJoin(walletPostings, and(eq(walletPostings.orgId, wallets.orgId), eq(walletPostings.id, entry.postingId)))
      .where(eq(wallets.id, readId('wallet', walletId)))
      .orderBy(desc(entry.version));
  });
}
