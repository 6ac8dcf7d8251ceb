import type { TenantTransaction } from '@tributary/db/transaction';
import { Temporal } from 'temporal-polyfill';
import { raising } from '../alert/raising.ts';
import { type Disagreement, disagreements } from '../deal/disagreements.ts';
import { mostDaysBehind } from './raise-metrics.ts';

/** Raises an alert for each connection that fails: one since it last succeeded. One that is paused or ended fails not. */
export async function raiseFailedSyncs(tx: TenantTransaction, now: Date): Promise<number> {
  const [done] = await tx.query<{ raised: number }>(failedSyncs, [tx.orgId, now]);
  return done?.raised ?? 0;
}

/** For how many months back a network's figure is compared; the one before this month is the first. */
const mostMonthsBack = 3;

/**
 * Raises an alert for each deal and month that is over whose commission is further from the network's figure than the deal tolerates, once the
 * network has told the whole of it or is no longer waited for.
 */
export async function raiseDisagreements(tx: TenantTransaction, now: Date, yesterday: string): Promise<number> {
  const current = Temporal.PlainDate.from(yesterday).add({ days: 1 }).toPlainYearMonth();
  const [from, to] = [mostMonthsBack, 1].map((months) => current.subtract({ months }).toString()) as [string, string];
  const found = await disagreements(tx, { from, to });
  if (found.length === 0) return 0;
  const column = <Name extends keyof Disagreement>(name: Name) => found.map((one) => one[name]);
  const [done] = await tx.query<{ raised: number }>(disagreeing, [
    ...[tx.orgId, now, column('dealId'), column('connectionId'), column('month').map((month) => `${month}-01`)],
    ...[column('currency'), column('earnedMinor'), column('reportedMinor'), yesterday],
  ]);
  return done?.raised ?? 0;
}

const ruleOf = (kind: string) => `select id, kind, dimension, scope_value, cool_down_hours, terms
    from affiliate.automation_rules where org_id = $1 and status = 'active' and kind = '${kind}'`;

const failedSyncs = `with rule as materialized (${ruleOf('sync_failed')}
  ), hit as (
    select r.id as rule_id, r.kind, r.cool_down_hours, r.dimension, c.id::text as scope_value, w.day as window_from, w.day as window_to,
      extract(epoch from s.at)::text as occasion, jsonb_build_object('kind', 'sync_failed', 'failures', c.failures, 'status', c.status) as finding
    from rule r join affiliate.accounts a on a.org_id = $1 and (r.scope_value is null or a.connection_id::text = r.scope_value)
      join sync.connections c on c.org_id = $1 and c.id = a.connection_id
      cross join lateral (select greatest(c.last_success_at, c.connected_at) as at) s
      cross join lateral (select (s.at at time zone 'UTC')::date as day) w
    where c.status in ('needs_reconnect', 'error') or c.status = 'active' and c.failures >= (r.terms ->> 'failures')::int
  ), ${raising}
  select count(*) as raised from raised`;

const disagreeing = `with rule as materialized (${ruleOf('commission_disagrees')}
  ), hit as (
    select r.id as rule_id, r.kind, r.cool_down_hours, r.dimension, d.connection_id::text as scope_value, d.month as window_from,
      w.day as window_to, d.deal_id::text as occasion,
      jsonb_build_object('kind', 'commission_disagrees', 'dealId', d.deal_id, 'currency', d.currency, 'expectedMinor', d.earned_minor,
        'reportedMinor', d.reported_minor) as finding
    from rule r join unnest($3::uuid[], $4::uuid[], $5::date[], $6::text[], $7::bigint[], $8::bigint[])
      d (deal_id, connection_id, month, currency, earned_minor, reported_minor)
      on r.scope_value is null or d.connection_id::text = r.scope_value
      join affiliate.accounts a on a.org_id = $1 and a.connection_id = d.connection_id
      cross join lateral (select (d.month + interval '1 month' - interval '1 day')::date as day) w
    where (a.seen_through >= w.day or w.day <= $9::date - ${mostDaysBehind})
      and not exists (select from affiliate.dirty_days n where n.org_id = $1 and n.day between d.month and w.day)
  ), ${raising}
  select count(*) as raised from raised`;
