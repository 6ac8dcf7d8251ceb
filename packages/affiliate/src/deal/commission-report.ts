import { invalidFields } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, between, desc, eq, type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { dealMonths, deals } from './deal.sql.ts';
import { ownDeal } from './deal.ts';
import { difference, disagrees } from './deal-month.ts';
import { dealMonth, firstDayOf, monthOfDay, monthsBetween } from './month.ts';

const mostMonths = 36;

export const reportLine = z
  .strictObject({
    month: dealMonth,
    brand: z.string(),
    currency: z.string().length(3),
    deals: z.int().positive(),
    disagreeing: z.int().nonnegative().describe('Deals for which the network says something else.'),
    earnedMinor: z.int().describe('What the deals give for the month by itself.'),
    reportedMinor: z.int().describe('What the network says of the traffic of the deals.'),
    differenceMinor: z.int().describe('reportedMinor - earnedMinor.'),
    payableMinor: z.int().nonnegative().describe('What is to be paid, balances carried over.'),
  })
  .meta({
    id: 'CommissionReportLine',
    description: 'A month of a brand in a currency: what deals give, and what the network says.',
  });

/** Behind the line of this month, brand and currency. */
export const reportPosition = z.strictObject({ month: dealMonth, brand: z.string(), currency: z.string() });

export const reportFilters = z.strictObject({
  from: dealMonth.describe('The first month, YYYY-MM.'),
  to: dealMonth.describe('The last month; at most 36 from the first.'),
});

const commissionReportInput = reportFilters.extend({ limit: z.int().positive(), after: reportPosition.optional() });

const summed = (column: SQL | typeof dealMonths.earnedMinor) =>
  sql<number>`sum(${column})::bigint`.mapWith(dealMonths.earnedMinor);

/**
 * What deals give against what networks say, a line for each month, brand and currency, the latest first: at most `limit`, each with
 * the position a next page continues from. Traffic that is under no deal is in no line.
 * @throws AppError `validation_failed` for no month or more than 36
 */
export const commissionReport = verb(
  commissionReportInput,
  async (context: TenantContext, { from, to, limit, after }) => {
    const months = monthsBetween(from, to).length;
    if (months === 0 || months > mostMonths)
      throw invalidFields([{ path: 'to', message: `must be 1 to ${mostMonths} months from the first` }]);
    const { brand, currency } = deals;
    const { month } = dealMonths;
    const behind =
      after &&
      sql`(${month}, ${brand}, ${currency}) < (${firstDayOf(after.month)}::date, ${after.brand}, ${after.currency})`;
    const rows = await readTenant(context, (reader) =>
      reader
        .select({
          ...{ month, brand, currency },
          deals: sql<number>`count(*)::int`,
          disagreeing: sql<number>`(count(*) filter (where ${disagrees}))::int`,
          earnedMinor: summed(dealMonths.earnedMinor),
          reportedMinor: summed(dealMonths.reportedMinor),
          differenceMinor: summed(difference),
          payableMinor: summed(dealMonths.payableMinor),
        })
        .from(dealMonths)
        .innerJoin(deals, and(ownDeal(context.orgId), eq(deals.id, dealMonths.dealId)))
        .where(and(eq(dealMonths.orgId, context.orgId), between(month, firstDayOf(from), firstDayOf(to)), behind))
        .groupBy(month, brand, currency)
        .orderBy(desc(month), desc(brand), desc(currency))
        .limit(limit),
    );
    return rows.map((row) => {
      const item = { ...row, month: monthOfDay(row.month) };
      return { item, position: { month: item.month, brand: item.brand, currency: item.currency } };
    });
  },
);
