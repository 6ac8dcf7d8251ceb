import type { TenantTransaction } from '@tributary/db/transaction';
import { raising } from '../alert/raising.ts';
import { metrics } from '../rollup/rollup-columns.ts';
import { ruleMetrics } from './rule-metrics.ts';

/** A network that has told nothing for longer is not waited for: that it tells nothing shows then. */
export const mostDaysBehind = 7;

/**
 * Raises alerts of rules about metrics, over windows of whole days that end with the last day all networks in question have told. Reads
 * the roll-ups: where one of the days is yet to be computed anew, nothing is said.
 * @param yesterday of the organization, YYYY-MM-DD
 * @param days only windows that have one of them, or have one in the window before; all when null
 */
export async function raiseMetrics(
  tx: TenantTransaction,
  { now, yesterday, days }: { now: Date; yesterday: string; days: readonly string[] | null },
): Promise<number> {
  const [done] = await tx.query<{ raised: number }>(statement, [tx.orgId, now, yesterday, days]);
  return done?.raised ?? 0;
}

const columns = metrics.map(({ column }) => column);
const columnOf = new Map(metrics.map(({ metric, column, isAmount }) => [metric as string, { column, isAmount }]));

/** A metric as numerator and denominator, in the window and in the one before: what is compared is never divided. */
const measured = Object.entries(ruleMetrics)
  .map(([name, { of, per, scale }]) => {
    const { column, isAmount } = columnOf.get(of) as { column: string; isAmount: boolean };
    const divisor = per === null ? null : columnOf.get(per)?.column;
    const over = (prefix: string) => (divisor === null ? '1' : `s.${prefix}${divisor}`);
    return `('${name}', s.${column} * ${scale}, ${over('')}, s.before_${column} * ${scale}, ${over('before_')}, ${isAmount})`;
  })
  .join(', ');

const rounded = (numerator: string, denominator: string) =>
  `case when ${denominator} > 0 then least(greatest(round(${numerator} / ${denominator}), ${-Number.MAX_SAFE_INTEGER}), ${Number.MAX_SAFE_INTEGER}) end`;

// Of a figure that was zero or less there are no percents.
const holds = `case
  when m.denominator <= 0 or m.is_amount and s.is_partial then false
  when c.comparison = 'above' then m.numerator > c.threshold * m.denominator
  when c.comparison = 'below' then m.numerator < c.threshold * m.denominator
  when m.before_denominator <= 0 or m.before_numerator <= 0 then false
  when case r.sample_metric when 'clicks' then s.before_clicks when 'signups' then s.before_signups when 'ftdCount' then s.before_ftd_count end
    < r.sample_count then false
  else (m.numerator * m.before_denominator - m.before_numerator * m.denominator)
      * case c.comparison when 'rises_by' then 10000 else -10000 end >= c.threshold * m.before_numerator * m.denominator
  end`;

const statement = `with organization as materialized (
    select base_currency from identity.organizations where id = $1
  ), rule as materialized (
    select id, kind, dimension, scope_value, cool_down_hours, (terms ->> 'windowDays')::int as window_days, terms ->> 'match' as match,
      terms -> 'conditions' as conditions, terms #>> '{minimumSample,metric}' as sample_metric,
      (terms #>> '{minimumSample,count}')::numeric as sample_count
    from affiliate.automation_rules where org_id = $1 and status = 'active' and kind = 'metric'
  ), seen as materialized (
    select a.brand, a.connection_id, a.seen_through, c.status = 'paused' as is_paused
    from affiliate.accounts a join sync.connections c on c.org_id = $1 and c.id = a.connection_id
    where a.org_id = $1 and c.status <> 'disconnected' and a.brand <> 'csv' and a.seen_through is not null
  ), told as materialized (
    select case grouping(brand, connection_id) when 3 then 'total' when 1 then 'brand' else 'connection' end as dimension,
      coalesce(brand, connection_id::text, '') as value, greatest($3::date - ${mostDaysBehind}, least($3::date,
        coalesce(min(seen_through) filter (where not is_paused), min(seen_through)))) as last_day
    from seen group by grouping sets ((), (brand), (connection_id))
  ), everything as materialized (
    select coalesce((select last_day from told where dimension = 'total'), $3::date) as last_day
  ), target as materialized (
    select r.id as rule_id, v.value from rule r cross join lateral (
      select r.scope_value as value where r.scope_value is not null
      union
      select distinct u.value from affiliate.rollups u where r.scope_value is null and u.org_id = $1 and u.dimension = r.dimension
        and u.value <> '' and u.day between $3::date - ${mostDaysBehind} - 2 * r.window_days + 1 and $3::date
    ) v
  ), windowed as materialized (
    select t.rule_id, t.value, r.dimension, r.window_days, w.last_day - r.window_days + 1 as window_from, w.last_day as window_to,
      w.last_day - 2 * r.window_days + 1 as before_from
    from target t join rule r on r.id = t.rule_id
      left join told k on r.dimension in ('brand', 'connection') and k.dimension = r.dimension and k.value = t.value
      cross join everything e cross join lateral (select coalesce(k.last_day, e.last_day) as last_day) w
    where not exists (select from affiliate.dirty_days d where d.org_id = $1 and d.day between w.last_day - 2 * r.window_days + 1 and w.last_day)
      and ($4::date[] is null or exists (select from unnest($4::date[]) d (day)
        where d.day between w.last_day - 2 * r.window_days + 1 and w.last_day))
  ), s as materialized (
    select w.rule_id, w.value, w.window_from, w.window_to,
      ${columns.map((column) => `coalesce(sum(u.${column}) filter (where u.day >= w.window_from), 0)::numeric as ${column}`).join(', ')},
      ${columns.map((column) => `coalesce(sum(u.${column}) filter (where u.day < w.window_from), 0)::numeric as before_${column}`).join(', ')},
      coalesce(bool_or(u.rows_unconverted > 0 or u.base_currency <> o.base_currency), false) as is_partial
    from windowed w cross join organization o left join affiliate.rollups u
      on u.org_id = $1 and u.dimension = w.dimension and u.value = w.value and u.day between w.before_from and w.window_to
    group by w.rule_id, w.value, w.window_from, w.window_to
  ), judged as (
    select s.rule_id, s.value, s.window_from, s.window_to, c.place, c.metric, c.comparison, c.threshold, ${holds} as holds,
      ${rounded('m.numerator', 'm.denominator')} as now_value, ${rounded('m.before_numerator', 'm.before_denominator')} as before_value,
      r.sample_metric is null or case r.sample_metric when 'clicks' then s.clicks when 'signups' then s.signups else s.ftd_count end
        >= r.sample_count as is_sampled
    from s join rule r on r.id = s.rule_id
      cross join lateral rows from (jsonb_to_recordset(r.conditions) as (metric text, comparison text, threshold numeric))
        with ordinality as c (metric, comparison, threshold, place)
      join lateral (values ${measured})
        as m (metric, numerator, denominator, before_numerator, before_denominator, is_amount) on m.metric = c.metric
  ), hit as (
    select j.rule_id, r.kind, r.cool_down_hours, r.dimension, j.value as scope_value, j.window_from, j.window_to, '' as occasion,
      jsonb_build_object('kind', 'metric', 'baseCurrency', (select base_currency from organization), 'conditions', jsonb_agg(
        jsonb_build_object('metric', j.metric, 'comparison', j.comparison, 'threshold', j.threshold, 'value', j.now_value,
          'previous', j.before_value, 'holds', j.holds) order by j.place)) as finding
    from judged j join rule r on r.id = j.rule_id
    group by j.rule_id, r.kind, r.cool_down_hours, r.dimension, r.match, j.value, j.window_from, j.window_to
    having bool_and(j.is_sampled) and case r.match when 'all' then bool_and(j.holds) else bool_or(j.holds) end
  ), ${raising}
  select count(*) as raised from raised`;
