import type pg from 'pg';
import type { Account } from './accounts.ts';
import { copyIn } from './copy-in.ts';

/** A table with the columns, checks and indexes of `affiliate.stats_daily`, without row-level security, which COPY cannot do. */
export const baselineTable = 'baseline.stats_daily';

export const createBaseline = (superuser: pg.Client) =>
  superuser.query(`create table ${baselineTable} (like affiliate.stats_daily including all) with (fillfactor = 90)`);

/** The rows of an account as they are stored, with a text for each cell. */
export interface StoredRows {
  rows: readonly string[][];
  columns: readonly string[][];
}

export async function readStored(superuser: pg.Client, { orgId, connectionId }: Account): Promise<StoredRows> {
  const { rows } = await superuser.query<{ line: string }>(
    `select concat_ws(E'\\t', ${columnNames.map((name) => `${name}::text`)}) as line
     from affiliate.stats_daily where org_id = $1 and connection_id = $2`,
    [orgId, connectionId],
  );
  const cells = rows.map(({ line }) => line.split('\t'));
  return {
    rows: cells,
    columns: columnNames.map((_, at) => cells.map((row) => row[at] ?? '')),
  };
}

const grain = ['org_id', 'connection_id', 'day', 'campaign', 'source', 'sub_id'];
const metrics = ['clicks', 'signups', 'ftd_count', 'deposits_minor', 'ggr_minor', 'ngr_minor', 'commission_minor'];
const others = ['base_deposits_minor', 'base_ggr_minor', 'base_ngr_minor', 'base_commission_minor', 'rate'];
const columnNames = [
  ...grain,
  'brand',
  ...metrics,
  'currency',
  'base_currency',
  ...others,
  'rate_day',
  'rate_source',
  'written_at',
];

const types: Readonly<Record<string, string>> = {
  org_id: 'uuid',
  connection_id: 'uuid',
  day: 'date',
  rate: 'numeric',
  rate_day: 'date',
  written_at: 'timestamptz',
  ...Object.fromEntries([...metrics, ...others.slice(0, 4)].map((name) => [name, 'bigint'])),
};

/** Makes COPY's text of the rows, as ours makes parameters of them, and copies it. */
export function copyRows(superuser: pg.Client, { rows }: StoredRows): Promise<void> {
  const lines = rows.map((cells) => `${cells.map(escaped).join('\t')}\n`);
  return copyIn(superuser, `copy ${baselineTable} (${columnNames}) from stdin`, Buffer.from(lines.join('')));
}

const escaped = (cell: string) => (/[\\\t\n\r]/.test(cell) ? cell.replaceAll(/[\\\t\n\r]/g, '\\$&') : cell);

const rowsPerStatement = 1000;

const upsert = `insert into ${baselineTable} (${columnNames})
  select * from unnest(${columnNames.map((name, at) => `$${at + 1}::${types[name] ?? 'text'}[]`)})
  on conflict (${grain}) do update set ${columnNames.slice(grain.length).map((name) => `${name} = excluded.${name}`)}`;

/** Writes all rows over themselves, a thousand a statement, in one transaction. */
export async function upsertBlindly(superuser: pg.Client, { columns }: StoredRows): Promise<void> {
  await superuser.query('begin');
  for (let start = 0; start < (columns[0]?.length ?? 0); start += rowsPerStatement) {
    const values = columns.map((cells) => cells.slice(start, start + rowsPerStatement));
    await superuser.query({ name: 'blind upsert', text: upsert, values });
  }
  await superuser.query('commit');
}
