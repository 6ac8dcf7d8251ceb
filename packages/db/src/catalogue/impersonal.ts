import { names, relations } from './relations.ts';

/** Columns of free text, JSON or bytes that tell of no person and are no secret, by table. Every other one carries a mark in its comment. */
export const impersonal: Readonly<Record<string, readonly string[]>> = {
  'affiliate.accounts': ['brand', 'label', 'time_zone'],
  'affiliate.alerts': ['finding', 'occasion', 'scope_value'],
  'affiliate.automation_rules': ['name', 'scope_value', 'terms'],
  'affiliate.invoice_lines': ['brand'],
  'affiliate.invoices': ['issuer_name'],
  'affiliate.deal_versions': ['terms'],
  'affiliate.deals': ['brand', 'campaign', 'name', 'source'],
  'affiliate.rollups': ['value'],
  'affiliate.stat_changes': ['campaign', 'source', 'sub_id'],
  'affiliate.stats_daily': ['brand', 'campaign', 'rate_source', 'source', 'sub_id'],
  'affiliate.sub_affiliate_traffic': ['value'],
  'audit.records': ['action', 'target_type'],
  'identity.accounts': ['provider_id', 'scope'],
  'identity.api_keys': ['scopes'],
  'identity.idempotency_keys': ['key', 'operation'],
  'identity.jwks': ['public_key'],
  'identity.organizations': ['name', 'country', 'time_zone', 'white_label', 'onboarding_profile'],
  'identity.status_changes': ['from_status'],
  'inbox.deliveries': ['key_id', 'reason', 'url'],
  'inbox.events': ['key', 'reason', 'type'],
  'inbox.parked_events': ['key', 'type'],
  'edge.buckets': ['key'],
  'ledger.accounts': ['code', 'unit'],
  'ledger.holds': ['key'],
  'ledger.postings': ['key', 'kind', 'metadata'],
  'loyalty.daily_runs': ['counts'],
  'loyalty.refunds': ['provider_refund_id', 'provider_transaction_id'],
  'loyalty.reward_rules': ['config'],
  'loyalty.rewards': ['provider_transaction_id'],
  'loyalty.tier_changes': ['from_tier', 'to_tier'],
  'loyalty.tier_settings': ['config'],
  'loyalty.transactions': ['line_items', 'provider_transaction_id'],
  'loyalty.wallets': ['tier'],
  'ref.brands': ['adapter_key', 'base_url', 'limitations', 'name', 'rate_limit', 'slug'],
  'ref.exchange_rates': ['source'],
  'sync.authorizations': ['scopes'],
  'sync.connections': ['name', 'provider_ref'],
  'sync.credentials': ['reason', 'scopes_asked', 'scopes_granted', 'unchosen_refs'],
  'sync.drifts': ['parent_id'],
  'sync.reconciliations': ['totals'],
  'sync.runs': ['failed_windows', 'reason', 'request_id'],
  'sync.streams': ['location_ref'],
};

/** What cannot hold a word: ids, numbers, times and the like. */
const wordless = [
  ...[
    'uuid',
    'bigint',
    'integer',
    'numeric',
    'boolean',
    'date',
    'datemultirange',
    'interval',
    'timestamp with time zone',
    'pg_snapshot',
    'xid8',
  ],
  ...['int8multirange', 'ledger.movement', 'ledger.pending', 'ledger.account_kind', 'ledger.account_mode'],
];

/** Words of ours with one meaning in every table. */
const ourWords = ['provider', 'region', 'resource', 'account_ref', 'currency', 'base_currency', 'position'];

/** Bytes by the name of what they are: hashes, of which the personal ones are marked. */
const hashes = '(^|_)(hash|sha256|fingerprint)$';

const listed = Object.entries(impersonal).flatMap(([table, columns]) =>
  columns.map((column) => `('${table}', '${column}')`),
);

/**
 * Columns without a verdict, as a query. A verdict is `pii: …` or `secret: …` in front of the comment, or a line in `impersonal`. None is
 * needed where a rule says that nothing personal fits: what cannot hold a word, a word of a list that a check keeps to, words of ours,
 * and hashes.
 */
export const unclassified = `${relations}, listed (table_name, column_name) as (values ${listed}), column_of as (
    select r.name, a.attname::text as column_name,
      coalesce(col_description(r.oid, a.attnum), '') ~ '^(pii|secret)\\M' as is_marked,
      exists (select from listed l where l.table_name = r.name and l.column_name = a.attname) as is_listed,
      format_type(a.atttypid, null) = any (${names(wordless)}) or a.attname = any (${names(ourWords)})
        or format_type(a.atttypid, null) = 'bytea' and a.attname ~ '${hashes}'
        or exists (select from pg_constraint c where c.conrelid = r.oid and c.contype = 'c' and c.conkey = array[a.attnum]
          and pg_get_constraintdef(c.oid) ~ ('^CHECK \\(\\(+' || a.attname || ' = ANY \\(ARRAY\\[')) as is_ruled
    from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    where r.relkind in ('r', 'p') and not r.relispartition
  )
  select name || '.' || column_name as object, 'is neither marked nor listed as impersonal' as problem
  from column_of where not is_marked and not is_listed and not is_ruled
  union all
  select name || '.' || column_name, 'is listed as impersonal and marked as well' from column_of where is_marked and is_listed
  union all
  select l.table_name || '.' || l.column_name, 'is listed as impersonal and needs no line' from listed l
  where not exists (select from column_of c where c.name = l.table_name and c.column_name = l.column_name and not c.is_ruled)
  order by 1, 2`;
