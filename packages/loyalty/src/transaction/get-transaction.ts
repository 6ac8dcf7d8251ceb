import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { refunds, rewardEvents, transactions } from './transaction.sql.ts';
import { serializeRefund, serializeTransaction, type TransactionDetail, transactionColumns } from './transaction.ts';

const getTransactionInput = z.strictObject({ transactionId: z.string() });

/** One sale with its refunds, the oldest first, and its points. @throws AppError `not_found`. */
export const getTransaction = verb(
  getTransactionInput,
  async (context: TenantContext, { transactionId }): Promise<TransactionDetail> => {
    const rows = await readSale(context, readId('transaction', transactionId));
    const [first] = rows;
    if (!first) throw new AppError('not_found', 'No such object.');
    const { ruleId, pointsEarned, pointsClawedBack, refund: _, ...sale } = first;
    return {
      ...serializeTransaction(sale),
      rewardRuleId: ruleId && showId('rewardRule', ruleId),
      pointsEarned,
      pointsClawedBack,
      refunds: rows.flatMap(({ refund }) => (refund ? [serializeRefund(refund)] : [])),
    };
  },
);

/** The sale once per refund, or once without any. */
function readSale(context: TenantContext, id: string) {
  return readTenant(context, (reader) => {
    const points = reader
      .select({
        earned: sql<string>`coalesce(sum(${rewardEvents.points}) filter (where ${rewardEvents.kind} = 'earn'), 0)`.as(
          'earned',
        ),
        clawedBack:
          sql<string>`coalesce(-sum(${rewardEvents.points}) filter (where ${rewardEvents.kind} = 'clawback'), 0)`.as(
            'clawed_back',
          ),
        // One rule for all rewards of a sale; a return has the one its points were spent under.
        ruleId: sql<
          string | null
        >`(array_agg(${rewardEvents.ruleId}) filter (where ${rewardEvents.kind} <> 'return'))[1]`.as('rule_id'),
      })
      .from(rewardEvents)
      .where(and(eq(rewardEvents.orgId, transactions.orgId), eq(rewardEvents.transactionId, transactions.id)))
      .as('points');
    const itsRefunds = and(
      eq(refunds.orgId, transactions.orgId),
      eq(refunds.provider, transactions.provider),
      eq(refunds.providerTransactionId, transactions.providerTransactionId),
    );
    return reader
      .select({
        ...transactionColumns,
        ruleId: sql<string | null>`${points.ruleId}`,
        pointsEarned: sql`${points.earned}`.mapWith(Number),
        pointsClawedBack: sql`${points.clawedBack}`.mapWith(Number),
        refund: {
          providerRefundId: refunds.providerRefundId,
          status: refunds.status,
          amountMinor: refunds.amountMinor,
          currency: refunds.currency,
          updatedAt: refunds.updatedAt,
        },
      })
      .from(transactions)
      .crossJoinLateral(points)
      .leftJoin(refunds, itsRefunds)
      .where(and(eq(transactions.orgId, context.orgId), eq(transactions.id, id)))
      .orderBy(refunds.updatedAt, refunds.id);
  });
}
