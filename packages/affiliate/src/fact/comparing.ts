import { dailyMetrics } from '@tributary/core/daily-stats';
import { amountColumns, dayRates, toBase } from '../rate/base-amounts.ts';

const columnOf = {
  clicks: 'clicks',
  signups: 'signups',
  ftdCount: 'ftd_count',
  depositsMinor: 'deposits_minor',
  ggrMinor: 'ggr_minor',
  ngrMinor: 'ngr_minor',
  commissionMinor: 'commission_minor',
} as const;

const columns = dailyMetrics.map((metric) => columnOf[metric]);
const each = (show: (column: string) => string, among: readonly string[] = columns) => among.map(show).join(', ');
const grain = 'day, campaign, source, sub_id';
const bases = amountColumns.map((column) => `base_${column}`);
/** All that is neither key nor brand. */
const derived = [
  ...columns,
  'currency',
  'base_currency',
  ...bases,
  'rate',
  'rate_day',
  'rate_source',
  'run_id',
  'written_at',
];

const insertion = `insert into affiliate.stats_daily (org_id, connection_id, ${grain}, brand, ${derived})
    select $1, $2, ${grain}, $27, ${columns}, $23, $24, ${amountColumns.map((column) => toBase(`c.${column}`))}, rate, rate_day, rate_source, $28, $29
    from compared c join r using (day)`;

// What is stored between two places is compared with what was read, in one statement: there is one snapshot, and no row is asked for alone.
// Places are compared by bytes whatever the database sorts by; the days between them are found by the primary key. What is stored already is
// updated by way of a conflict: a join with the table would be planned for ten rows, and loop over it.
export const comparing = `with compared as materialized (
    select ${grain}, g.clicks is not null as is_given, s.clicks is not null as is_stored,
      ${each((column) => `coalesce(g.${column}, 0) as ${column}, s.${column} as old_${column}`)}
    from unnest($3::date[], $4::text[], $5::text[], $6::text[], ${dailyMetrics.map((_, at) => `$${at + 7}::bigint[]`)})
      as g (${grain}, ${columns})
    full join (
      select ${grain}, ${columns} from affiliate.stats_daily
      where org_id = $1 and connection_id = $2
        and (connection_id, day) >= ($2, $14::date) and (connection_id, day) <= ($2, $18::date)
        and (day, campaign collate "C", source collate "C", sub_id collate "C") >= ($14::date, $15::text, $16::text, $17::text)
        and (day, campaign collate "C", source collate "C", sub_id collate "C") < ($18::date, $19::text, $20::text, $21::text)
    ) s using (${grain})
    where case when s.clicks is null then true
      when g.clicks is null then $22::boolean and (${each((column) => `s.${column}`)}) <> (${each(() => '0')})
      else (${each((column) => `g.${column}`)}) <> (${each((column) => `s.${column}`)}) end
  ), r as materialized (${dayRates('select distinct day from compared', '$23', '$24', '$25', '$26')}
  ), inserted as (
    ${insertion} where not c.is_stored
  ), changed as (
    ${insertion} where c.is_stored
    on conflict (org_id, connection_id, ${grain}) do update set ${derived.map((column) => `${column} = excluded.${column}`)}
  ), noted as (
    insert into affiliate.stat_changes (org_id, connection_id, ${grain}, metric, old_value, new_value, run_id, changed_at)
    select $1, $2, ${grain}, m.metric, m.old_value, m.new_value, $28, $29
    from compared c cross join lateral (values ${each((column) => `('${column}', c.old_${column}, c.${column})`)})
      as m (metric, old_value, new_value)
    where c.is_stored and c.day <@ $30::datemultirange and m.old_value <> m.new_value
    returning 1
  )
  select count(*) filter (where is_given) as written, count(*) filter (where not is_given) as zeroed,
    (select count(*) from noted) as changes, (select coalesce(array_agg(day::text), '{}') from r) as days
  from compared`;
