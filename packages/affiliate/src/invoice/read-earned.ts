import type { TenantTransaction } from '@tributary/db/transaction';
import type { EarnedSlice } from './compute-lines.ts';

export interface EarnedRow extends EarnedSlice {
  subAffiliateId: string;
  /** Of the traffic for a share, of the terms for an amount per first deposit. */
  currency: string;
}

// Facts are read once and added up by grain and by stretch of days within which no month, claim or terms begin or end (`cut`): a stretch is
// owned as its first day is. Claims are held against grains by the name they ask for, one join for all of a kind (`name`). Of each grain the
// first claim in the order of `rank` has the days it covers, the next what is left of its own, and so on: a sub id before a source before a
// campaign, a whole name before a beginning, the longer before the shorter, one connection before all. Two that are alike in all of that cover
// no day together (traffic_taken). Terms have their days in the same way, the last said first.
const earning = `with claim as materialized (
    select sub_affiliate_id, connection_id, dimension, value, case when is_prefix then length(value) else 0 end as length,
      daterange(from_day, until_day, '[]') as days,
      row_number() over (order by array_position(array['sub_id', 'source', 'campaign'], dimension), is_prefix, length(value) desc,
        connection_id is null, id) as rank
    from affiliate.sub_affiliate_traffic where org_id = $1 and coalesce(until_day, from_day) >= from_day
  ), said as materialized (
    select * from affiliate.sub_affiliate_terms where org_id = $1 and sub_affiliate_id = any ($2)
  ), span as materialized (
    select min(lower(days)) as first, ($3::date + interval '1 month')::date - 1 as last from claim where sub_affiliate_id = any ($2)
  ), cut as materialized (
    select array_agg(distinct c.day order by c.day) as days from span s, lateral (
      select s.first union all select generate_series(date_trunc('month', s.first), s.last, '1 month')::date
      union all select lower(days) from claim union all select upper(days) from claim union all select effective_from from said
    ) c (day) where c.day between s.first and s.last
  ), stretch as (
    select f.connection_id, f.campaign, f.source, f.sub_id, f.brand, f.currency, width_bucket(f.day, c.days) as ordinal,
      sum(f.commission_minor) as commission_minor, sum(f.ftd_count) as ftd_count
    from span s, cut c, affiliate.stats_daily f where f.org_id = $1 and f.day between s.first and s.last group by 1, 2, 3, 4, 5, 6, 7
  ), grain as materialized (
    select row_number() over () as id, connection_id, campaign, source, sub_id, brand, currency,
      array_agg(ordinal) as ordinals, array_agg(commission_minor) as commissions, array_agg(ftd_count) as ftd_counts
    from stretch group by connection_id, campaign, source, sub_id, brand, currency
  ), name as materialized (
    select g.id, g.connection_id, k.dimension, k.length, case k.dimension when 'source' then g.source when 'campaign' then g.campaign
      else case k.length when 0 then g.sub_id else left(g.sub_id, k.length) end end as value
    from grain g, (select distinct dimension, length from claim) k
  ), candidate as materialized (
    select n.id, c.sub_affiliate_id, datemultirange(c.days) - coalesce(range_agg(c.days) over (
      partition by n.id order by c.rank rows between unbounded preceding and 1 preceding), '{}') as days
    from name n join claim c using (dimension, length, value) where coalesce(c.connection_id, n.connection_id) = n.connection_id
  ), term as materialized (
    select sub_affiliate_id, share_bps, cpa_minor, currency, datemultirange(daterange(effective_from, null))
      - coalesce(range_agg(daterange(effective_from, null)) over (
        partition by sub_affiliate_id order by version desc rows between unbounded preceding and 1 preceding), '{}') as days
    from said
  ), owned as materialized (
    select k.id, t.sub_affiliate_id, t.share_bps, t.cpa_minor, t.currency, k.days * t.days as days
    from candidate k join term t using (sub_affiliate_id) where k.days && t.days
  )
  select o.sub_affiliate_id as "subAffiliateId", coalesce(o.currency, g.currency) as currency, g.connection_id as "connectionId", g.brand,
    date_trunc('month', c.days[f.ordinal]::timestamp)::date::text as month, o.share_bps as "shareBps", o.cpa_minor as "cpaMinor",
    sum(f.commission_minor)::bigint as "commissionMinor", sum(f.ftd_count)::bigint as "ftdCount"
  from cut c, owned o join grain g using (id), unnest(g.ordinals, g.commissions, g.ftd_counts) f (ordinal, commission_minor, ftd_count)
  where o.days @> c.days[f.ordinal]
  group by 1, 2, 3, 4, 5, 6, 7`;

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
 * Whether the planner may look grains up one by one, and sort facts. It expects one row where hundreds of thousands come, because claims are
 * known only when it runs: of 700,000 facts that took one and a half to four times as long.
 */
async function plan(tx: TenantTransaction, loops: 'on' | 'off'): Promise<void> {
  await tx.query(`select set_config('enable_nestloop', $1, true), set_config('enable_sort', $1, true)`, [loops]);
}
