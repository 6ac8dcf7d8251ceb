import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, gte, lt, sql } from 'drizzle-orm';
import * as z from 'zod';
import { dealMonths, deals } from './deal.sql.ts';
import { ownDeal } from './deal.ts';
import { difference, disagrees, serializeMonth } from './deal-month.ts';
import { dealMonth, firstDayOf } from './month.ts';

/** Behind this month, YYYY-MM. */
export const dealMonthPosition = dealMonth;

const listDealMonthsInput = z.strictObject({
  dealId: z.string(),
  limit: z.int().positive(),
  after: dealMonthPosition.optional(),
});

/**
 * Months of a deal, the latest first: at most `limit`, each with the position a next page continues from.
 * @throws AppError `not_found` for a deal that is not there; one without months is an empty list.
 */
export const listDealMonths = verb(listDealMonthsInput, async (context: TenantContext, { dealId, limit, after }) => {
  const id = readId('deal', dealId);
  const before = after === undefined ? 'infinity' : firstDayOf(after);
  // A join is read whole before it is sorted: the first month of the page bounds it.
  const first = sql`(select min(p.month) from (select m.month from affiliate.deal_months m where m.org_id = ${context.orgId}
    and m.deal_id = ${id} and m.month < ${before}::date order by m.month desc limit ${limit}) p)`;
  const ofDeal = and(
    eq(dealMonths.orgId, deals.orgId),
    eq(dealMonths.dealId, deals.id),
    gte(dealMonths.month, first),
    lt(dealMonths.month, before),
  );
  const rows = await readTenant(context, (reader) =>
    reader
      .select({ row: dealMonths, differenceMinor: difference, disagrees })
      .from(deals)
      .leftJoin(dealMonths, ofDeal)
      .where(and(ownDeal(context.orgId), eq(deals.id, id)))
      .orderBy(desc(dealMonths.month))
      .limit(limit),
  );
  if (rows.length === 0) throw new AppError('not_found', 'No such object.');
  return rows.flatMap(({ row, ...compared }) => {
    if (row === null) return [];
    const item = serializeMonth({ row, ...compared });
    return [{ item, position: item.month }];
  });
});
