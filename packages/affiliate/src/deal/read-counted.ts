import type { TenantTransaction } from '@tributary/db/transaction';
import type { Counted } from './compute-earnings.ts';
import type { PlannedDeal, PlannedStretch } from './plan-months.ts';

/** What facts say of a stretch, in the order of the days. */
export interface CountedStretch {
  counted: Counted[];
  /** What the network says was earned. */
  reportedMinor: number;
}

/** A sum beyond this is a mistake of somebody's; months of it still fit a safe integer. */
const mostMinor = 1e13;

const sumOf = (column: string) => `greatest(least(sum(s.${column}), ${mostMinor}), ${-mostMinor})::bigint`;

const counting = `with asked as (
    select * from unnest($2::int[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::date[], $8::boolean[])
      as a (at, connection_id, campaign, source, from_day, to_day, by_day)
  )
  select a.at, ${sumOf('ftd_count')} as "ftdCount", ${sumOf('deposits_minor')} as "depositsMinor", ${sumOf('ggr_minor')} as "ggrMinor",
    ${sumOf('ngr_minor')} as "ngrMinor", ${sumOf('commission_minor')} as "reportedMinor"
  from asked a join affiliate.stats_daily s on s.org_id = $1 and s.connection_id = a.connection_id and s.day between a.from_day and a.to_day
    and a.campaign in ('', s.campaign) and a.source in ('', s.source)
  group by a.at, case when a.by_day then s.day end
  order by a.at, case when a.by_day then s.day end`;

/** Facts of stretches in their order: one statement, one row each, and one per day where a cap looks at days. */
export async function readCounted(
  tx: TenantTransaction,
  stretches: readonly { deal: PlannedDeal; stretch: PlannedStretch }[],
): Promise<CountedStretch[]> {
  const told: CountedStretch[] = stretches.map(() => ({ counted: [], reportedMinor: 0 }));
  if (told.length === 0) return told;
  const rows = await tx.query<Counted & { at: number; reportedMinor: number }>(counting, [
    tx.orgId,
    stretches.map((_, at) => at),
    stretches.map(({ deal }) => deal.connectionId),
    stretches.map(({ deal }) => deal.campaign),
    stretches.map(({ deal }) => deal.source),
    stretches.map(({ stretch }) => stretch.from),
    stretches.map(({ stretch }) => stretch.to),
    stretches.map(({ stretch: { terms } }) => terms.caps.ftdPerDay !== null || terms.caps.cpaPerDayMinor !== null),
  ]);
  for (const { at, reportedMinor, ...counted } of rows) {
    const stretch = told[at] as CountedStretch;
    stretch.counted.push(counted);
    stretch.reportedMinor += reportedMinor;
  }
  return told;
}
