import type { TenantTransaction } from '@tributary/db/transaction';
import { and, asc, between, eq } from 'drizzle-orm';
import { dealMonths, deals } from './deal.sql.ts';
import { ownDeal } from './deal.ts';
import { disagrees } from './deal-month.ts';
import { firstDayOf, monthOfDay } from './month.ts';

/** A month for which the network says something else than the deal gives. Minor units of `currency`. */
export interface Disagreement {
  /** UUIDs. */
  dealId: string;
  connectionId: string;
  /** YYYY-MM. */
  month: string;
  currency: string;
  earnedMinor: number;
  reportedMinor: number;
}

/**
 * Months (YYYY-MM, both included) of deals for which the network says something else than the deal gives, beyond what the deal tolerates: the
 * earliest first.
 */
export async function disagreements(
  tx: Pick<TenantTransaction, 'orgId' | 'drizzle'>,
  { from, to }: { from: string; to: string },
): Promise<Disagreement[]> {
  const rows = await tx.drizzle
    .select({
      dealId: deals.id,
      connectionId: deals.connectionId,
      month: dealMonths.month,
      currency: deals.currency,
      earnedMinor: dealMonths.earnedMinor,
      reportedMinor: dealMonths.reportedMinor,
    })
    .from(dealMonths)
    .innerJoin(deals, and(ownDeal(tx.orgId), eq(deals.id, dealMonths.dealId)))
    .where(and(eq(dealMonths.orgId, tx.orgId), between(dealMonths.month, firstDayOf(from), firstDayOf(to)), disagrees))
    .orderBy(asc(dealMonths.month), asc(deals.id));
  return rows.map((row) => ({ ...row, month: monthOfDay(row.month) }));
}
