import type { TenantTransaction } from '@tributary/db/transaction';
import { raising } from '../alert/raising.ts';
import { metrics } from '../rollup/rollup-columns.ts';

/** What has not come together in that many days is let go. */
const mostDaysBack = 35;

/**
 * Raises alerts of rules about restatements: all changes since the rule watches that none of its alerts has told. Each is told once,
 * whenever it was committed; while the rule is silent about a scope they wait for its next alert.
 */
export async function raiseRestated(tx: TenantTransaction, now: Date): Promise<number> {
  const [done] = await tx.query<{ raised: number }>(statement, [tx.orgId, now]);
  return done?.raised ?? 0;
}

const columnNamed = metrics.map(({ metric, column }) => `when '${metric}' then '${column}'`).join(' ');

const statement = `with rule as materialized (
    select id, kind, dimension, scope_value, cool_down_hours, terms ->> 'metric' as metric, terms ->> 'direction' as direction,
      (terms ->> 'atLeast')::numeric as at_least, greatest(watching_since, $2::timestamptz - interval '${mostDaysBack} days') as since,
      case terms ->> 'metric' ${columnNamed} end as metric_column
    from affiliate.automation_rules where org_id = $1 and status = 'active' and kind = 'restated'
  ), fresh as materialized (
    select r.id as rule_id, v.value, n.id as change_id, n.day, (n.new_value - n.old_value)::numeric as change
    from rule r join affiliate.stat_changes n on n.org_id = $1 and n.metric = r.metric_column and n.changed_at >= r.since
        and (n.new_value < n.old_value) = (r.direction = 'down')
      join affiliate.accounts a on a.org_id = $1 and a.connection_id = n.connection_id
      cross join lateral (select case r.dimension when 'brand' then a.brand when 'connection' then n.connection_id::text
        when 'campaign' then n.campaign else '' end as value) v
    where (r.scope_value = v.value or r.scope_value is null and v.value <> '')
      and not exists (select from affiliate.alerted_changes t where t.org_id = $1 and t.rule_id = r.id and t.change_id = n.id)
  ), hit as (
    select r.id as rule_id, r.kind, r.cool_down_hours, r.dimension, f.value as scope_value, min(f.day) as window_from,
      max(f.day) as window_to, max(f.change_id::text) as occasion,
      jsonb_build_object('kind', 'restated', 'metric', r.metric, 'change', least(greatest(sum(f.change), ${-Number.MAX_SAFE_INTEGER}),
        ${Number.MAX_SAFE_INTEGER}), 'changes', count(*)) as finding
    from fresh f join rule r on r.id = f.rule_id
    group by r.id, r.kind, r.cool_down_hours, r.dimension, r.metric, r.at_least, f.value
    having abs(sum(f.change)) >= r.at_least
  ), ${raising}, told as (
    insert into affiliate.alerted_changes (org_id, rule_id, change_id, alert_id)
    select $1, f.rule_id, f.change_id, x.id from raised x join fresh f on f.rule_id = x.rule_id and f.value = x.scope_value
    returning 1
  )
  select count(*) as raised from raised`;
