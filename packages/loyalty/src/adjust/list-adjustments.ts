import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import * as z from 'zod';
import { walletEntries, wallets } from '../wallet/wallet.sql.ts';
import { adjustments } from './adjustment.sql.ts';
import { serializeAdjustment } from './adjustment.ts';

/** Behind the adjustment with this id (a UUID). */
export const adjustmentPosition = z.uuid();

const listAdjustmentsInput = z.strictObject({
  walletId: z.string(),
  limit: z.int().positive(),
  after: adjustmentPosition.optional(),
});

type Wanted = z.output<typeof listAdjustmentsInput>;

/**
 * Corrections of a wallet, the newest first: at most `limit`, each with the position a next page continues from.
 * @throws AppError `not_found` for a wallet that is not there; one that was never corrected is an empty list.
 */
export const listAdjustments = verb(listAdjustmentsInput, async (context: TenantContext, wanted) => {
  const rows = await readAdjustments(context, wanted);
  if (rows.length === 0) throw new AppError('not_found', 'No such object.');
  return rows.flatMap(({ adjustment, balanceAfter }) =>
    adjustment && balanceAfter !== null
      ? [{ item: serializeAdjustment({ ...adjustment, balanceAfter }), position: adjustment.id }]
      : [],
  );
});

/** The wallet once per adjustment, or once without any. */
function readAdjustments(context: TenantContext, { walletId, limit, after }: Wanted) {
  return readTenant(context, (reader) => {
    const adjustment = reader
      .select({
        id: adjustments.id,
        walletId: adjustments.walletId,
        points: adjustments.points,
        reason: adjustments.reason,
        actor: adjustments.actor,
        postingId: adjustments.postingId,
        createdAt: adjustments.createdAt,
      })
      .from(adjustments)
      .where(
        and(
          eq(adjustments.orgId, wallets.orgId),
          eq(adjustments.walletId, wallets.id),
          after === undefined ? undefined : lt(adjustments.id, after),
        ),
      )
      .orderBy(desc(adjustments.id))
      .limit(limit)
      .as('adjustment');
    // Of each row by itself: joined, the planner reads the whole ledger of the wallet.
    const balanceAfter = sql<number | null>`(select ${walletEntries.balanceAfter} from ${walletEntries}
      where ${walletEntries.orgId} = ${context.orgId} and ${walletEntries.postingId} = ${adjustment.postingId}
        and ${walletEntries.accountId} = ${wallets.accountId})`.mapWith(walletEntries.balanceAfter);
    return reader
      .select({
        adjustment: {
          id: adjustment.id,
          walletId: adjustment.walletId,
          points: adjustment.points,
          reason: adjustment.reason,
          actor: adjustment.actor,
          createdAt: adjustment.createdAt,
        },
        balanceAfter,
      })
      .from(wallets)
      .leftJoinLateral(adjustment, sql`true`)
      .where(and(eq(wallets.orgId, context.orgId), eq(wallets.id, readId('wallet', walletId))))
      .orderBy(desc(adjustment.id));
  });
}
