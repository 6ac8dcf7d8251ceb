/** A copy of an organization's row that comes first in an order, changed in what has to differ: columns with the SQL of their values, of `t`. */
function copyOf(table: string, first: string, changes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries({ id: 'uuidv7()', ...changes }).map(([column, value]) => `'${column}', ${value}`);
  return `insert into affiliate.${table} select (jsonb_populate_record(null::affiliate.${table}, to_jsonb(t) || jsonb_build_object(${pairs.join(', ')}))).*
    from (select * from affiliate.${table} where org_id = $1 order by ${first} limit 1) t`;
}

/** Of a day of the month that cases ask for, and earning more than all there are. */
const mostOf = (dimension: string) =>
  `insert into affiliate.rollups (org_id, dimension, day, value, clicks, signups, ftd_count, deposits_minor, ggr_minor, ngr_minor,
     commission_minor, base_currency, row_count, rows_unconverted)
   select o.id, '${dimension}', '2026-06-11', 'most ' || r.rows, 1, 1, 1, 1, 1, 1, 1000000 + r.rows, o.base_currency, 1, 0
   from identity.organizations o, (select count(*) as rows from affiliate.rollups where org_id = $1) r where o.id = $1`;

const account = `with connection as (
    insert into sync.connections (org_id, provider, account_ref) values ($1, 'awin', gen_random_uuid()::text) returning id
  ) insert into affiliate.accounts (org_id, connection_id, brand, time_zone, currency) select $1, id, 'awin', 'UTC', 'EUR' from connection`;

/** `deal` and what it says, for a statement that goes on with it. */
const dealOf = (changes: Readonly<Record<string, string>>) => `with deal as (
    ${copyOf('deals', 'id', changes)} returning org_id, id
  ), version as (
    insert into affiliate.deal_versions select (jsonb_populate_record(null::affiliate.deal_versions, to_jsonb(t) || jsonb_build_object('deal_id', deal.id))).*
    from deal, (select * from affiliate.deal_versions where org_id = $1 order by deal_id, version limit 1) t
  )`;

/** A month of a deal at a network that comes behind all others by its name, and so first in the report. */
const reported = `${dealOf({ brand: `'z' || lpad((select count(*) from affiliate.deals)::text, 9, '0')` })}
  insert into affiliate.deal_months select (jsonb_populate_record(null::affiliate.deal_months, to_jsonb(t) || jsonb_build_object('deal_id', deal.id))).*
  from deal, (select * from affiliate.deal_months where org_id = $1 and month = '2026-06-01' limit 1) t`;

/** Adds an object in front of each list of the affiliate domain: of most, as if it had just arrived. */
export const affiliateCopies: Readonly<Record<string, string>> = {
  listTopBrands: mostOf('brand'),
  listByCampaign: mostOf('campaign'),
  listBySource: mostOf('source'),
  listBySubId: mostOf('sub_id'),
  // By slug, so that the first one sorts before what there is.
  listBrands: `insert into ref.brands (slug, name, adapter_key, auth_type, window_days, status)
    select 'a0' || lpad((1000000 - count(*))::text, 7, '0'), 'Brand', 'none', 'api_key', 31, 'broken' from ref.brands where $1::uuid is not null`,
  listNetworkAccounts: account,
  listStatChanges: copyOf('stat_changes', 'id desc', {}),
  listAutomationRules: copyOf('automation_rules', 'id desc', {}),
  listAlerts: copyOf('alerts', 'id desc', { occasion: 'gen_random_uuid()' }),
  listDeals: `${dealOf({})} select from deal`,
  listDealMonths: copyOf('deal_months', 'month desc', { month: `(t.month + interval '1 month')::date` }),
  getCommissionReport: reported,
  listSubAffiliates: copyOf('sub_affiliates', 'id desc', {}),
  listInvoices: copyOf('invoices', `status = 'draft' desc, month`, { month: `(t.month - interval '1 month')::date` }),
};

/** As many names of each kind as told that earned the same, so that nothing but the name sorts them. */
export const tiedNames = `insert into affiliate.rollups (org_id, dimension, day, value, clicks, signups, ftd_count, deposits_minor, ggr_minor,
    ngr_minor, commission_minor, base_currency, row_count, rows_unconverted)
  select o.id, dimension, '2026-06-11', 'tied ' || n || repeat(' long', 20), 1, 1, 1, 1, 1, 1, 500, o.base_currency, 1, 0
  from identity.organizations o, generate_series(1, $2::int) n, unnest(array['brand', 'campaign', 'source', 'sub_id']) dimension where o.id = $1`;
