import type { TestDatabase } from '@tributary/testing/database';
import { crowd } from './crowd.ts';

/** Of each dimension a day of the roll-ups has so many values. */
export const valuesADay = 25;

// As in `crowd.ts`: of everything the affiliate domain lists. Before these there are the connections of the crowd.
const statements = [
  `insert into ref.brands (slug, name, adapter_key, auth_type, window_days, status)
   select 'crowd-' || n, 'Crowd', 'none', 'api_key', 31, 'broken' from generate_series(1, $2::int) n where $1::uuid is not null on conflict do nothing`,
  `insert into affiliate.accounts (org_id, connection_id, brand, time_zone, currency)
   select $1, id, 'crowd-' || 1 + row_number() over (order by id) % 100, 'UTC', 'EUR' from sync.connections
   where org_id = $1 and account_ref like 'crowd %' limit $2`,
  // Every other one of the newest account, the others of one each.
  `insert into affiliate.stat_changes (org_id, connection_id, day, campaign, source, sub_id, metric, old_value, new_value, changed_at)
   select $1, c.ids[case n % 2 when 0 then array_length(c.ids, 1) else n end], date '2026-01-01' + n % 300, '', '', '',
     (array['clicks', 'ftd_count', 'commission_minor'])[1 + n % 3], 1, 2, now()
   from generate_series(1, $2::int) n, (select array_agg(connection_id order by connection_id) as ids from affiliate.accounts where org_id = $1) c`,
  `insert into affiliate.automation_rules (org_id, name, status, kind, dimension, scope_value, terms, cool_down_hours, watching_since, created_by, created_at)
   select $1, 'crowd', 'archived', 'restated', 'total', '', '{"kind": "restated", "metric": "ftdCount", "direction": "down", "atLeast": 1}', 0,
     now(), 'crowd', now() from generate_series(1, $2::int)`,
  // Every other one of the newest rule, the others of one each.
  `insert into affiliate.alerts (org_id, rule_id, dimension, scope_value, window_from, window_to, occasion, kind, finding, status, raised_at,
     acknowledged_at, resolved_at)
   select $1, r.ids[case n % 2 when 0 then array_length(r.ids, 1) else n end], 'total', '', '2026-06-01', '2026-06-01', n, 'restated',
     '{"kind": "restated", "metric": "ftdCount", "change": -1, "changes": 1}', s.status, now(), case when s.status <> 'open' then now() end,
     case when s.status = 'resolved' then now() end
   from generate_series(1, $2::int) n, (select array_agg(id order by id) as ids from affiliate.automation_rules where org_id = $1) r,
     lateral (select (array['open', 'acknowledged', 'resolved'])[1 + n % 3] as status) s`,
  `insert into affiliate.deals (org_id, connection_id, brand, currency, name, starts_on, ends_on, carry_mode, carry_basis, carry_before_tiers, computed_through)
   select $1, c.ids[case n % 2 when 0 then array_length(c.ids, 1) else n end], 'crowd-' || n % 50, 'EUR', 'crowd', '2026-06-01', '2026-06-30', 'none',
     'commission', false, '2026-06-01'
   from generate_series(1, $2::int) n, (select array_agg(connection_id order by connection_id) as ids from affiliate.accounts where org_id = $1) c`,
  `insert into affiliate.deal_versions (org_id, deal_id, version, effective_from, terms)
   select org_id, id, 1, starts_on, '{"flatMinor": 1000}' from affiliate.deals where org_id = $1 and name = 'crowd' limit $2`,
  // June of each, and fifty years of the oldest.
  `insert into affiliate.deal_months (org_id, deal_id, month, first_version, last_version, ftd_count, ngr_minor, cpa_minor, revenue_share_minor, flat_minor,
     earned_minor, opening_minor, month_minor, pooled_minor, closing_minor, payable_minor, payable_on, reported_minor, computed_at)
   select $1, d.id, d.month, 1, 1, 0, 0, 0, 0, 1000, 1000, 0, 1000, 0, 1000, 1000, d.month, 0, now() from (
     select id, date '2026-06-01' as month from affiliate.deals where org_id = $1 and name = 'crowd'
     union all select (select id from affiliate.deals where org_id = $1 order by id limit 1), (date '2027-01-01' + n * interval '1 month')::date
     from generate_series(1, least($2::int, 600)) n) d`,
  `insert into affiliate.sub_affiliates (org_id, name, payment_terms, carries_negative, status)
   select $1, 'crowd ' || n, 'net30', true, 'archived' from generate_series(1, $2::int) n`,
  `insert into affiliate.sub_affiliate_terms (org_id, sub_affiliate_id, version, effective_from, share_bps, created_by)
   select org_id, id, 9, '2026-01-01', 1000, 'crowd' from affiliate.sub_affiliates where org_id = $1 limit $2`,
  `insert into affiliate.sub_affiliate_traffic (org_id, sub_affiliate_id, dimension, value, is_prefix, from_day)
   select org_id, id, 'sub_id', 'crowd ' || id, false, '2026-01-01' from affiliate.sub_affiliates where org_id = $1 limit $2`,
  // Half of them of the newest sub-affiliate, a month each back to the beginning of time; a tenth of what is asked for a month is of one.
  `insert into affiliate.invoices (org_id, sub_affiliate_id, month, currency, status, billed, computed_at, number, issued_at, issued_on, issuer_name,
     payee_name, paid_at, voided_at)
   select $1, s.ids[case n % 2 when 0 then array_length(s.ids, 1) else n end], (date '2026-05-01' - n / 2 % 240 * interval '1 month')::date, 'EUR',
     i.status, 0, now(), i.number, i.day, i.day, i.name, i.name, case i.status when 'paid' then i.day end, case i.status when 'void' then i.day end
   from generate_series(1, $2::int) n, (select array_agg(id order by id) as ids from affiliate.sub_affiliates where org_id = $1) s,
     lateral (select case n % 2 when 0 then 'void' else (array['draft', 'issued', 'paid', 'void'])[1 + n / 2 % 4] end as status) k,
     lateral (select k.status, case when k.status <> 'draft' then 1000000 + n end as number, case when k.status <> 'draft' then date '2026-06-01' end as day,
       case when k.status <> 'draft' then 'crowd' end as name) i`,
  `insert into affiliate.invoice_lines (org_id, invoice_id, position, kind, amount_minor)
   select org_id, id, position, 'carried_in', 5 from affiliate.invoices, generate_series(11, 14) position where org_id = $1 and status = 'draft' limit $2`,
  `insert into affiliate.rollups (org_id, dimension, day, value, clicks, signups, ftd_count, deposits_minor, ggr_minor, ngr_minor, commission_minor,
     base_currency, row_count, rows_unconverted)
   select o.id, dimension, day, case dimension when 'total' then '' else 'crowd-' || v end, 1, 1, 1, 1, 1, 1, v, o.base_currency, 1, 0
   from identity.organizations o, unnest(array['total', 'brand', 'connection', 'campaign', 'source', 'sub_id']) dimension,
     generate_series(date '2026-01-01', date '2026-01-01' + $2::int / ${valuesADay}, interval '1 day') day, generate_series(1, ${valuesADay}) v
   where o.id = $1 and (dimension <> 'total' or v = 1)`,
];

/** Gives an organization of the crowd as much of the affiliate domain. */
export async function crowdAffiliate({ superuser }: TestDatabase, orgId: string): Promise<void> {
  for (const statement of statements) await superuser.query(statement, [orgId, crowd]);
}

/** Ids of the one that has half of what there is, and of one that has little. */
export type TwoOfEach = Readonly<Record<'accounts' | 'rules' | 'subAffiliates', readonly string[]>>;

/** What lists of the crowd are asked by. */
export const affiliateFilters: readonly (readonly [list: string, queries: (two: TwoOfEach) => string[]])[] = [
  ['accounts', (_: TwoOfEach) => ['brand=crowd-7']],
  ['deals', ({ accounts }: TwoOfEach) => [...accounts.map((id) => `connectionId=${id}`), 'brand=crowd-7']],
  [
    'changes',
    ({ accounts }: TwoOfEach) => accounts.flatMap((id) => [`connectionId=${id}`, `connectionId=${id}&metric=ftdCount`]),
  ],
  [
    'alerts',
    ({ rules }: TwoOfEach) => [
      ...['status=open', 'status=acknowledged', 'status=resolved'],
      ...rules.flatMap((id) => [`ruleId=${id}`, `ruleId=${id}&status=open`]),
    ],
  ],
  [
    'invoices',
    ({ subAffiliates }: TwoOfEach) => [
      ...['status=draft', 'status=issued', 'status=paid', 'status=void', 'month=2026-05', 'month=2007-05&status=draft'],
      ...subAffiliates.flatMap((id) => [`subAffiliateId=${id}`, `subAffiliateId=${id}&month=2007-05`]),
    ],
  ],
];
