import { openAccount } from '@tributary/affiliate/account/open-account';
import { applyDailyStats } from '@tributary/affiliate/fact/apply-daily-stats';
import type { DailyStats, DayWindow } from '@tributary/core/daily-stats';
import type { TenantTransaction } from '@tributary/db/transaction';
import pg from 'pg';

export interface Account {
  orgId: string;
  connectionId: string;
}

/** The currencies of an account and of its organization: amounts are converted, or not. */
export interface Currencies {
  currency: string;
  baseCurrency: string;
}

/** A connection as the worker's login, which counts its statements. */
export interface Writer {
  /** Applies a complete window in a transaction of its own. */
  apply(account: Account, window: DayWindow, rows: readonly DailyStats[]): ReturnType<typeof applyDailyStats>;
  open(account: Account, currencies: Currencies): Promise<void>;
  /** Statements of ours since the last time; those that begin and end transactions are not counted. */
  takeStatements(): number;
  readonly pid: number;
  close(): Promise<void>;
}

/** A time at which all the days there are facts of are over. */
const now = new Date('2026-12-20T12:00:00Z');
const brand = 'bench';

export async function openWriter(workerUrl: string): Promise<Writer> {
  const client = new pg.Client({ connectionString: workerUrl, types: { getTypeParser } });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  let statements = 0;
  const inTransaction = async <Result>(orgId: string, work: (tx: TenantTransaction) => Promise<Result>) => {
    await client.query(`begin; select set_config('app.org_id', '${orgId}', true)`);
    const query = async (text: string, values: readonly unknown[] = []) => {
      statements += 1;
      return (await client.query({ name: `s${nameOf(text)}`, text, values: [...values] })).rows;
    };
    const result = await work({ orgId, query } as unknown as TenantTransaction);
    // Else a backend tells what it has done a second later.
    await client.query('commit; select pg_stat_force_next_flush()');
    return result;
  };
  return {
    apply: ({ orgId, connectionId }, window, given) =>
      inTransaction(orgId, (tx) =>
        applyDailyStats(tx, { connectionId, runId: null, window, rows: given, isComplete: true, now }),
      ),
    open: ({ orgId, connectionId }, { currency }) =>
      inTransaction(orgId, (tx) => openAccount(tx, { connectionId, brand, timeZone: 'Europe/Berlin', currency })),
    takeStatements: () => {
      const taken = statements;
      statements = 0;
      return taken;
    },
    pid: rows[0]?.pid ?? 0,
    close: () => client.end(),
  };
}

const int8 = 20;
/** As the product's own driver reads them. */
const getTypeParser = ((oid: number, format?: 'text') =>
  oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;

const names = new Map<string, number>();
function nameOf(text: string): number {
  const known = names.get(text) ?? names.size;
  names.set(text, known);
  return known;
}

/** An organization with so many accounts, and a rate for each of the days. */
export async function createAccounts(
  superuser: pg.Client,
  writer: Writer,
  count: number,
  currencies: Currencies,
): Promise<Account[]> {
  await superuser.query(
    `insert into ref.brands (slug, name, adapter_key, auth_type, window_days, status)
     values ($1, 'Bench', $1, 'api_key', 31, 'active') on conflict do nothing`,
    [brand],
  );
  await superuser.query(
    `insert into ref.exchange_rates (source, currency, day, rate)
     select 'ecb', c.currency, day, c.rate from generate_series(date '2026-10-01', date '2026-12-20', interval '1 day') day,
       (values ('EUR', 1), ('USD', 1.1616), ('GBP', 0.88045)) c (currency, rate) on conflict do nothing`,
  );
  const { rows } = await superuser.query<Account>(
    `with organization as (insert into identity.organizations (name, base_currency) values ('bench', $2) returning id)
     insert into sync.connections (org_id, provider, account_ref) select o.id, $3, gen_random_uuid() from organization o, generate_series(1, $1)
     returning org_id as "orgId", id as "connectionId"`,
    [count, currencies.baseCurrency, brand],
  );
  for (const account of rows) await writer.open(account, currencies);
  return rows;
}

/** Thirty-five days, as they are pulled again and again. */
export const window: DayWindow = { from: '2026-11-01', to: '2026-12-05' };

/** So many rows for each day of the window, all of another grain. */
export function rowsOf(perDay: number, currency: string): DailyStats[] {
  const days = Array.from({ length: 35 }, (_, at) => new Date(Date.UTC(2026, 10, 1 + at)).toISOString().slice(0, 10));
  return days.flatMap((day, at) =>
    Array.from({ length: perDay }, (_, index) => ({
      day,
      campaign: `Summer ${index % 7}`,
      source: ['newsletter', 'review', 'banner'][index % 3] ?? '',
      subId: `sub-${String(index * 7919 + 100_000)}`,
      currency,
      clicks: 100 + index,
      signups: index % 11,
      ftdCount: index % 5,
      depositsMinor: 10_000 + index * 37,
      ggrMinor: 7_000 + index * 13,
      ngrMinor: 5_000 - index * 3 + at,
      commissionMinor: 1_500 + index,
    })),
  );
}
