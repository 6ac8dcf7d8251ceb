import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type Reader, readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import * as z from 'zod';
import { adjustments } from '../adjust/adjustment.sql.ts';
import { rewardEvents, transactions } from '../transaction/transaction.sql.ts';
import { serializeEntry } from './entry.ts';
import { walletEntries, walletPostings, wallets } from './wallet.sql.ts';

/** Behind the entry of this version. */
export const entryPosition = z.int().positive();

export const listEntriesInput = z.strictObject({
  walletId: z.string(),
  limit: z.int().positive(),
  after: entryPosition.optional(),
});

type Wanted = z.output<typeof listEntriesInput>;

/**
 * The ledger of a wallet, the newest entry first: at most `limit`, each with the position a next page continues from.
 * @throws AppError `not_found` for a wallet that is not there; one without entries is an empty list.
 */
export const listEntries = verb(listEntriesInput, async (context: TenantContext, wanted) => {
  const rows = await readEntries(context, wanted);
  if (rows.length === 0) throw new AppError('not_found', 'No such object.');
  return rows.flatMap(({ entry, posting, ...behind }) =>
    entry && posting ? [{ item: serializeEntry({ ...entry, posting, ...behind }), position: entry.version }] : [],
  );
});

/**
 * The wallet once per entry, or once without any. Not over the view `wallet_ledger`: ordered by version it reads and sorts the
 * whole ledger of the wallet, since the planner does not know that its wallet is a single row.
 */
function readEntries(context: TenantContext, { walletId, limit, after }: Wanted) {
  return readTenant(context, (reader) => {
    const { entry, itsPosting } = newestEntries(reader, { limit, after });
    return reader
      .select({
        entry: { version: entry.version, amount: entry.amount, balanceAfter: entry.balanceAfter },
        posting: {
          kind: walletPostings.kind,
          effectiveAt: walletPostings.effectiveAt,
          createdAt: walletPostings.recordedAt,
        },
        sale: {
          id: transactions.id,
          provider: transactions.provider,
          providerTransactionId: transactions.providerTransactionId,
        },
        description: adjustments.reason,
      })
      .from(wallets)
      .leftJoinLateral(entry, sql`true`)
      .leftJoin(walletPostings, itsPosting)
      .leftJoin(rewardEvents, and(eq(rewardEvents.orgId, wallets.orgId), eq(rewardEvents.postingId, entry.postingId)))
      .leftJoin(
        transactions,
        and(eq(transactions.orgId, wallets.orgId), eq(transactions.id, rewardEvents.transactionId)),
      )
      .leftJoin(adjustments, and(eq(adjustments.orgId, wallets.orgId), eq(adjustments.postingId, entry.postingId)))
      .where(and(eq(wallets.orgId, context.orgId), eq(wallets.id, readId('wallet', walletId))))
      .orderBy(desc(entry.version));
  });
}

/** The newest entries of the wallet it is joined to, laterally, and the join to their postings. */
export function newestEntries(reader: Reader, { limit, after }: Pick<Wanted, 'limit' | 'after'>) {
  const behind = after === undefined ? undefined : lt(walletEntries.version, after);
  const ofWallet = and(eq(walletEntries.orgId, wallets.orgId), eq(walletEntries.accountId, wallets.accountId));
  const { version, postingId, amount, balanceAfter } = walletEntries;
  const entry = reader
    .select({ version, postingId, amount, balanceAfter })
    .from(walletEntries)
    .where(and(ofWallet, behind))
    .orderBy(desc(version))
    .limit(limit)
    .as('entry');
  return { entry, itsPosting: and(eq(walletPostings.orgId, wallets.orgId), eq(walletPostings.id, entry.postingId)) };
}
