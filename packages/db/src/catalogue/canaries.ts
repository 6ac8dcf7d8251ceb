import { createHash, randomUUID } from 'node:crypto';
import { relations } from './relations.ts';

export interface ForeignKey {
  columns: string[];
  target: string;
  targetColumns: string[];
}

export interface Table {
  /** `schema.table` */
  name: string;
  /** The column that says whose a row is; null for tables that do not say. */
  tenantColumn: string | null;
  /** Whether a role bound to one organization is granted anything on it. */
  reachable: boolean;
  columns: { name: string; type: string; hasDefault: boolean }[];
  primaryKey: string[];
  uniqueKeys: { index: string; columns: string[] }[];
  foreignKeys: ForeignKey[];
}

export interface Organization {
  id: string;
  /** A text that stands in every row of the organization that can hold one. */
  canary: string;
  /** Its row of each table, once planted. */
  rows: Map<string, Row>;
}

export type Row = Record<string, unknown>;

interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: rows of either driver
  query(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
}

/** Columns a CHECK constrains or that must stay empty. A new table whose checks refuse the canary gets a line here. */
const chosen: Readonly<Record<string, Row>> = {
  'identity.users': { status: 'active' },
  'identity.jwks': { expires_at: null },
  'identity.members': { role: 'viewer' },
  'identity.invitations': { role: 'viewer' },
  'identity.status_changes': { to_status: 'suspended' },
  'identity.api_keys': { role: 'viewer', expires_at: '2126-01-01T00:00:00Z', revoked_at: null },
  'ref.brands': {
    // A word of its own kind, and another for each row.
    get slug() {
      return `b${randomUUID()}`;
    },
    auth_type: 'bearer',
    window_days: 31,
    status: 'beta',
  },
  'ref.exchange_rates': { currency: 'USD' },
  'affiliate.accounts': { currency: 'USD', base_currency: 'USD' },
  'affiliate.automation_rules': { kind: 'metric', dimension: 'brand', cool_down_hours: 24 },
  'affiliate.alerts': {
    ...{ kind: 'metric', dimension: 'brand', window_from: '2026-11-19', window_to: '2026-11-20' },
    ...{ acknowledged_at: null, resolved_at: null },
  },
  'affiliate.stats_daily': {
    base_deposits_minor: null,
    base_ggr_minor: null,
    base_ngr_minor: null,
    base_commission_minor: null,
    rate: null,
    rate_day: null,
    rate_source: null,
  },
  'affiliate.deals': {
    currency: 'USD',
    ends_on: null,
    carry_mode: 'carry',
    carry_basis: 'ngr',
    carry_before_tiers: false,
    tolerance_bps: 100,
  },
  'affiliate.deal_months': {
    month: '2026-11-01',
    earned_minor: 0,
    opening_minor: 0,
    month_minor: 1,
    pooled_minor: 1,
    closing_minor: 2,
  },
  'affiliate.rollups': { dimension: 'total' },
  'affiliate.stat_changes': { metric: 'clicks', old_value: -1 },
  'affiliate.sub_affiliates': { payment_terms: 'net30', erased_at: null, forget_from: null },
  'affiliate.sub_affiliate_terms': { cpa_minor: null, currency: null },
  'affiliate.sub_affiliate_traffic': { dimension: 'sub_id', from_day: '2026-11-20', until_day: null },
  'affiliate.invoices': {
    ...{
      month: '2026-11-01',
      currency: 'USD',
      number: null,
      issued_at: null,
      issued_on: null,
      due_on: null,
      issuer_name: null,
    },
    ...{ payee_name: null, posting_id: null, paid_at: null, payment_id: null, voided_at: null, reversal_id: null },
  },
  'affiliate.invoice_lines': {
    ...{
      kind: 'commission',
      month: '2026-11-01',
      basis_minor: null,
      share_bps: null,
      due_minor: null,
      invoiced_minor: null,
    },
  },
  'sync.connections': { disconnected_at: null },
  'sync.budgets': { scope: 'account', time_window: 'minute' },
  'sync.runs': { trigger: 'schedule', finished_at: null },
  'sync.reconciliations': { status: 'drifts' },
  'sync.waiting_runs': { trigger: 'schedule' },
  'sync.drifts': { cause: 'missing_here', event_id: null, settled_at: null },
  'inbox.deliveries': { status: 'routed', reason: null },
  'inbox.events': { reason: null, processed_at: null },
  'inbox.parked_events': { reason: 'unknown_account' },
  'ledger.accounts': { floor: null, ceiling: null },
  'ledger.holds': { posted_amount: null, posting_id: null, resolved_at: null },
  'ledger.reversals': { amount: 2, reversed: -1 },
  'loyalty.reward_rules': { currency: 'USD' },
  'loyalty.transactions': { status: 'completed', currency: 'USD' },
  'loyalty.refunds': { status: 'completed', currency: 'USD' },
  'loyalty.reward_events': { kind: 'earn' },
  'loyalty.wallets': { status: 'frozen' },
  'loyalty.customer_identities': { kind: 'external' },
  'loyalty.rewards': { currency: 'USD', deleted_because: null, applied_as: null, posting_id: null, resolved_at: null },
};

/** References no foreign key keeps, because only functions write them: what reads follow from table to table. */
const unenforced: Readonly<Record<string, ForeignKey[]>> = {
  'ledger.entries': [
    { columns: ['org_id', 'account_id'], target: 'ledger.accounts', targetColumns: ['org_id', 'id'] },
    { columns: ['org_id', 'posting_id'], target: 'ledger.postings', targetColumns: ['org_id', 'id'] },
  ],
  'ledger.lots': [{ columns: ['org_id', 'account_id'], target: 'ledger.accounts', targetColumns: ['org_id', 'id'] }],
};

const referencesOf = ({ name, foreignKeys }: Table) => [...foreignKeys, ...(unenforced[name] ?? [])];

/** Every table of the application as the catalogue has it, referenced tables before those that reference them. */
export async function readTables(client: Client): Promise<Table[]> {
  const { rows } = await client.query(`${relations}, named as (
      select r.oid, r.name, (select attname::text from pg_attribute where attrelid = o.oid and attnum = o.attnum) as tenant_column,
        exists (select from tenant_table t where t.oid = r.oid) as reachable
      from relation r left join owned_by o on o.oid = r.oid where r.relkind in ('r', 'p') and not r.relispartition
    )
    select t.name, t.tenant_column as "tenantColumn", t.reachable,
      (select json_agg(json_build_object('name', attname, 'type', format_type(atttypid, null), 'hasDefault', atthasdef) order by attnum)
        from pg_attribute where attrelid = t.oid and attnum > 0 and not attisdropped) as columns,
      (select json_agg(a.attname) from pg_index i join pg_attribute a on a.attrelid = t.oid and a.attnum = any (i.indkey)
        where i.indrelid = t.oid and i.indisprimary) as "primaryKey",
      (select json_agg(json_build_object('index', i.indexrelid::regclass::text, 'columns',
          (select json_agg(attname) from pg_attribute where attrelid = t.oid and attnum = any (i.indkey))))
        from pg_index i where i.indrelid = t.oid and i.indisunique) as "uniqueKeys",
      coalesce((select json_agg(json_build_object('target', f.name,
          'columns', (select json_agg(attname order by ord) from unnest(c.conkey) with ordinality k (num, ord)
            join pg_attribute on attrelid = c.conrelid and attnum = num),
          'targetColumns', (select json_agg(attname order by ord) from unnest(c.confkey) with ordinality k (num, ord)
            join pg_attribute on attrelid = c.confrelid and attnum = num)))
        from pg_constraint c join relation f on f.oid = c.confrelid where c.conrelid = t.oid and c.contype = 'f'), '[]') as "foreignKeys"
    from named t order by t.name`);
  return inOrderOfReference(rows as Table[]);
}

function inOrderOfReference(tables: Table[]): Table[] {
  const ordered = new Set<Table>();
  const visit = (table: Table) => {
    for (const { target } of referencesOf(table)) {
      const parent = tables.find(({ name }) => name === target);
      if (parent && parent !== table && !ordered.has(parent)) visit(parent);
    }
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}

/** The tables a row of this one refers to, directly or through others, in the order they are filled. */
export function ancestorsOf(table: Table, tables: readonly Table[]): Table[] {
  const names = new Set<string>();
  const visit = (referring: Table) => {
    for (const { target } of referencesOf(referring)) {
      const parent = tables.find(({ name }) => name === target);
      if (!parent || parent === table || names.has(target)) continue;
      names.add(target);
      visit(parent);
    }
  };
  visit(table);
  return tables.filter(({ name }) => names.has(name));
}

let drawn = 0;

/** A row the table would take from the organization: canaries wherever they fit, references to the organization's own rows. */
export function newRow(table: Table, { id, canary, rows }: Organization): Row {
  drawn += 1;
  const mark = `${canary}-${drawn}`;
  const byType: Readonly<Record<string, () => unknown>> = {
    text: () => mark,
    'text[]': () => [mark],
    uuid: () => randomUUID(),
    bytea: () => `\\x${createHash('sha256').update(mark).digest('hex')}`,
    jsonb: () => ({ canary: mark }),
    'timestamp with time zone': () => new Date(1_790_000_000_000 + drawn).toISOString(),
    integer: () => drawn,
    bigint: () => drawn,
    numeric: () => drawn,
    boolean: () => false,
    date: () => new Date(drawn * 86_400_000).toISOString().slice(0, 10),
    interval: () => 'P1D',
    pg_snapshot: () => '10:20:',
    'ledger.account_kind': () => 'asset',
    'ledger.pending': () => 0,
    'ledger.movement': () => drawn,
  };
  const row: Row = {};
  for (const { name, type, hasDefault } of table.columns) {
    if (hasDefault && type !== 'uuid') continue;
    const value = byType[type];
    if (!value) throw new Error(`${table.name}.${name}: say what a canary of type ${type} is`);
    row[name] = value();
  }
  for (const { columns, target, targetColumns } of referencesOf(table)) {
    // What may refer to its own kind refers to none.
    const parent = target === table.name ? undefined : rows.get(target);
    columns.forEach((column, at) => {
      row[column] = parent?.[targetColumns[at] as string] ?? null;
    });
  }
  if (table.tenantColumn !== null) row[table.tenantColumn] = id;
  return { ...row, ...chosen[table.name] };
}

/** `insert` of the row as text, for any login; the values travel as one JSON literal. */
export function insertion({ name, columns }: Table, row: Row): string {
  const given = columns.filter((column) => column.name in row).map((column) => column.name);
  return `insert into ${name} (${given}) select ${given} from jsonb_populate_record(null::${name}, $row$${JSON.stringify(row)}$row$)`;
}

/**
 * Lets tables take a row on its own: one leg of a posting, a hold for the account it debits, a record without its link, a number without its
 * invoice. The tests of the ledger and of invoices are about those rules.
 */
export async function admitCanaries(client: Client): Promise<void> {
  await client.query(`alter table ledger.entries disable trigger balanced; alter table ledger.records disable trigger balanced;
    alter table ledger.holds drop constraint holds_check; alter table audit.records disable trigger chained;
    alter table affiliate.invoice_numbers disable trigger begins_at_one; alter table affiliate.invoice_numbers disable trigger is_used`);
}

/** Gives every table one row of the organization. The client must be above row-level security. */
export async function plantCanaries(
  client: Client,
  tables: readonly Table[],
  organization: Organization,
): Promise<void> {
  for (const table of tables) {
    const statement = `${insertion(table, newRow(table, organization))} returning to_jsonb(${table.name.split('.')[1]}) as row`;
    const { rows } = await client.query(statement);
    organization.rows.set(table.name, rows[0].row);
  }
}

/** The planted row. */
export function rowOf({ rows, canary }: Organization, { name }: Table): Row {
  const row = rows.get(name);
  if (!row) throw new Error(`${name} has no row of ${canary}`);
  return row;
}

/** The columns of a key that are free to choose: neither the organization nor a reference. */
export function keyOf(organization: Organization, table: Table, columns: string[]): Row {
  const bound = [table.tenantColumn, ...table.foreignKeys.flatMap((key) => key.columns)];
  const row = rowOf(organization, table);
  return Object.fromEntries(columns.filter((name) => !bound.includes(name)).map((name) => [name, row[name]]));
}

/** Columns by which a row of the table refers to a row of an organization, with the key of the one planted. */
export function referencesTo(
  { rows }: Organization,
  { foreignKeys, tenantColumn }: Table,
  tenantTables: readonly Table[],
): [column: string, key: unknown][] {
  return foreignKeys
    .filter(({ target }) => tenantTables.some(({ name }) => name === target))
    .flatMap(({ columns, target, targetColumns }) =>
      columns.map((column, at): [string, unknown] => [column, rows.get(target)?.[targetColumns[at] as string]]),
    )
    .filter(([column]) => column !== tenantColumn);
}
