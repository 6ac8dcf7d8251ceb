import type { TenantTransaction } from '@tributary/db/transaction';
import type { EarnedSlice } from './compute-lines.ts';

export interface EarnedRow extends EarnedSlice {
  subAffiliateId: string;
  /** Of the traffic for a share, of the terms for an amount per first deposit. */
  currency: string;
}

// Claims are held against grains, of which there are few, and not against facts. Of each grain the first claim in the order of `rank` has the
// days it covers, the next what is left of its own, and so on: a sub id before a source before a campaign, a whole name before a beginning,
// the longer before the shorter, one connection before all. Two that are alike in all of that cover no day together (traffic_taken).
// Terms have their days in the same way, the last said first.
const earning = `with claim as materialized (
    select sub_affiliate_id, connection_id, dimension, value, is_prefix, daterange(from_day, until_day, '[]') as days,
      row_number() over (order by array_position(array['sub_id', 'source', 'campaign'], dimension), is_prefix, length(value) desc,
        connection_id is null, id) as rank
    from affiliate.sub_affiliate_traffic where org_id = $1 and coalesce(until_day, from_day) >= from_day
  ), span as materialized (
    select min(lower(days)) as first, ($3::date + interval '1 month')::date - 1 as last from claim where sub_affiliate_id = any ($2)
  ), grain as materialized (
    select distinct f.connection_id, f.campaign, f.source, f.sub_id from affiliate.stats_daily f, span s
    where f.org_id = $1 and f.day between s.first and s.last
  ), candidate as materialized (
    select g.*, c.sub_affiliate_id, datemultirange(c.days) - coalesce(range_agg(c.days) over (
      partition by g.connection_id, g.campaign, g.source, g.sub_id order by c.rank rows between unbounded preceding and 1 preceding),
      '{}') as days
    from grain g join claim c on coalesce(c.connection_id, g.connection_id) = g.connection_id and case c.dimension
      when 'source' then g.source = c.value
      when 'campaign' then g.campaign = c.value
      else case when c.is_prefix then starts_with(g.sub_id, c.value) else g.sub_id = c.value end end
  ), term as materialized (
    select sub_affiliate_id, share_bps, cpa_minor, currency, datemultirange(daterange(effective_from, null))
      - coalesce(range_agg(daterange(effective_from, null)) over (
        partition by sub_affiliate_id order by version desc rows between unbounded preceding and 1 preceding), '{}') as days
    from affiliate.sub_affiliate_terms where org_id = $1 and sub_affiliate_id = any ($2)
  ), owned as materialized (
    select k.connection_id, k.campaign, k.source, k.sub_id, t.*, lower(d) as first, coalesce(upper(d) - 1, 'infinity') as last
    from candidate k join term t using (sub_affiliate_id), unnest(k.days * t.days) d
  )
  select o.sub_affiliate_id as "subAffiliateId", coalesce(o.currency, f.currency) as currency, f.connection_id as "connectionId", f.brand,
    date_trunc('month', f.day::timestamp)::date::text as month, o.share_bps as "shareBps", o.cpa_minor as "cpaMinor",
    sum(f.commission_minor)::bigint as "commissionMinor", sum(f.ftd_count)::bigint as "ftdCount"
  from span s, affiliate.stats_daily f join owned o using (connection_id, campaign, source, sub_id)
  where f.org_id = $1 and f.day between s.first and s.last and f.day between o.first and o.last
  group by 1, 2, 3, 4, date_trunc('month', f.day::timestamp), 6, 7`;

/**
 * What the traffic of sub-affiliates did, month by month up to and with this one (its first day), under the terms of each day.
 * Days before their first terms earn nothing.
 */
export async function readEarned(
  tx: TenantTransaction,
  subAffiliateIds: readonly string[],
  month: string,
): Promise<EarnedRow[]> {
  await plan(tx, 'off');
  const rows = await tx.query<EarnedRow>(earning, [tx.orgId, subAffiliateIds, month]);
  await plan(tx, 'on');
  return rows;
}

/**
 * Whether the planner may look facts up grain by grain, and sort them. It expects one row where hundreds of thousands come, because what is
 * owned is known only when it runs: of 700,000 facts that took three times as long.
 */
async function plan(tx: TenantTransaction, loops: 'on' | 'off'): Promise<void> {
  await tx.query(`select set_config('enable_nestloop', $1, true), set_config('enable_sort', $1, true)`, [loops]);
}
