import type { TenantTransaction } from '@tributary/db/transaction';
import type { MonthBalance } from './compute-carry-over.ts';
import { firstDayOf } from './month.ts';
import type { PlannedDeal } from './plan-months.ts';

/** A month of a deal as it is stored. */
export interface ComputedMonth extends MonthBalance {
  /** YYYY-MM. */
  month: string;
  firstVersion: number;
  lastVersion: number;
  /** YYYY-MM-DD. */
  payableOn: string;
  reportedMinor: number;
}

const amounts: Readonly<Record<string, (month: ComputedMonth) => number>> = {
  ftd_count: ({ earnings }) => earnings.ftdCount,
  ngr_minor: ({ earnings }) => earnings.ngrMinor,
  cpa_minor: ({ earnings }) => earnings.cpaMinor,
  revenue_share_minor: ({ earnings }) => earnings.revenueShareMinor,
  flat_minor: ({ earnings }) => earnings.flatMinor,
  earned_minor: ({ earnings }) => earnings.earnedMinor,
  opening_minor: ({ openingMinor }) => openingMinor,
  month_minor: ({ monthMinor }) => monthMinor,
  pooled_minor: ({ pooledMinor }) => pooledMinor,
  closing_minor: ({ closingMinor }) => closingMinor,
  payable_minor: ({ payableMinor }) => payableMinor,
  reported_minor: ({ reportedMinor }) => reportedMinor,
};

const columns = ['first_version', 'last_version', 'payable_on', ...Object.keys(amounts)];
const each = (show: (column: string) => string) => columns.map(show).join(', ');

const writing = `with written as (
    insert into affiliate.deal_months as m (org_id, deal_id, month, ${each((column) => column)}, computed_at)
    select $1, g.*, $2 from unnest($3::uuid[], $4::date[], $5::int[], $6::int[], $7::date[],
      ${Object.keys(amounts).map((_, at) => `$${at + 8}::bigint[]`)}) as g
    on conflict (org_id, deal_id, month) do update
      set (${each((column) => column)}, computed_at) = (${each((column) => `excluded.${column}`)}, excluded.computed_at)
      where (${each((column) => `m.${column}`)}) is distinct from (${each((column) => `excluded.${column}`)})
    returning 1
  )
  select count(*) as written from written`;

/** Stores months; one that is as it was is not written. */
export async function writeMonths(
  tx: TenantTransaction,
  months: readonly ComputedMonth[],
  now: Date,
): Promise<{ written: number }> {
  if (months.length === 0) return { written: 0 };
  const [done] = await tx.query<{ written: number }>(writing, [
    tx.orgId,
    now,
    months.map(({ dealId }) => dealId),
    months.map(({ month }) => firstDayOf(month)),
    months.map(({ firstVersion }) => firstVersion),
    months.map(({ lastVersion }) => lastVersion),
    months.map(({ payableOn }) => payableOn),
    ...Object.values(amounts).map((amountOf) => months.map(amountOf)),
  ]);
  return { written: done?.written ?? 0 };
}

/** Remembers how far deals were computed, and forgets months that are no longer of theirs. */
export async function closePlan(tx: TenantTransaction, deals: readonly PlannedDeal[], through: string): Promise<void> {
  const asked = [tx.orgId, deals.map(({ dealId }) => dealId)];
  await tx.query(
    `delete from affiliate.deal_months m using affiliate.deals d
     where m.org_id = $1 and m.deal_id = any ($2::uuid[]) and d.org_id = $1 and d.id = m.deal_id and m.month > d.ends_on`,
    asked,
  );
  await tx.query(
    `update affiliate.deals set computed_through = $3 where org_id = $1 and id = any ($2::uuid[])
       and starts_on < $3::date + interval '1 month' and computed_through is distinct from $3`,
    [...asked, firstDayOf(through)],
  );
}
