import { join } from 'node:path';
import { accountOf } from '@tributary/affiliate/account/account-of';
import { openAccount } from '@tributary/affiliate/account/open-account';
import { seedBrands } from '@tributary/affiliate/brand/seed-brands';
import { applyDailyStats } from '@tributary/affiliate/fact/apply-daily-stats';
import { loadRates } from '@tributary/affiliate/rate/load-rates';
import { recomputeDirty } from '@tributary/affiliate/rollup/recompute-dirty';
import { systemClock } from '@tributary/core/clock';
import { type Database, openDatabase } from '@tributary/db/connection';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { createProviderCalls } from '@tributary/functions/runtime/provider-calls';
import type { Shutdown } from '@tributary/local/shutdown';
import { brandsOf } from '@tributary/providers/affiliate/brands';
import { networkAddress, toAccessToken } from '@tributary/providers/affiliate/credentials';
import { everflow } from '@tributary/providers/affiliate/everflow/everflow';
import { brands } from '@tributary/providers/affiliate/networks';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import { createEverflowSandbox, type EverflowSandbox } from '@tributary/sandbox/affiliate/everflow/everflow-sandbox';
import { createBudgets } from '@tributary/sync/budget/budgets';
import { connect } from '@tributary/sync/connection/connect';
import { runConnection } from '@tributary/sync/run/run-connection';
import pg from 'pg';
import { startMigrated } from '../migrated.ts';

const days = 35;
const dayMs = 86_400_000;
const utc = 67;

export interface WholeRuns {
  /** Facts of the account. */
  facts: number;
  /** A run from the claim to its end, and the roll-ups behind it, in milliseconds. */
  run(): Promise<number>;
  /** Rows that stand in the schema `affiliate` and were not written before `mark` was called, and those that are gone since. */
  mark(): Promise<() => Promise<number>>;
}

/**
 * A connection to Everflow's simulator that was read once: run again as the queue runs it, but for the seal of its key and for budgets, which
 * would have it wait.
 */
export async function openWholeRuns(folder: string, shutdown: Shutdown, rowsPerDay: number): Promise<WholeRuns> {
  const { superuserUrl, urlOf, proxy } = await startMigrated(join(folder, 'whole'), shutdown, { fsync: true });
  const superuser = new pg.Client({ connectionString: superuserUrl });
  await superuser.connect();
  shutdown.add('the superuser’s connection', () => superuser.end());
  const worker = openDatabase({ url: urlOf('worker'), proxy });
  const system = openDatabase({ url: urlOf('system'), proxy });
  shutdown.add('the worker’s connections', () => worker.close());
  shutdown.add('the system’s connections', () => system.close());

  const sandbox = createEverflowSandbox({ account: { timeZoneId: utc } });
  book(sandbox, rowsPerDay);
  const key = await openBenchAccount({ superuser, worker, system }, sandbox.account.currency);
  const dependencies = {
    ...{ worker, clock: systemClock, sources: {}, backfillMs: {}, applyFacts: async () => 0, mayGoOn: () => true },
    days: {
      sources: { [everflow.slug]: everflow.source },
      accountOf,
      apply: async (...read: Parameters<typeof applyDailyStats>) => (await applyDailyStats(...read)).written,
      backfillDays: { [everflow.slug]: days },
    },
    callOf: callsTo(sandbox, createBudgets({ system, limits: {}, clock: systemClock })),
    report: ({ error }: { error: unknown }) => {
      throw error;
    },
  };
  const run = async () => {
    const startedAt = performance.now();
    const outcome = await runConnection(dependencies, { ...key, trigger: 'operator' });
    if (outcome !== 'success') throw new Error(`the run ended as ${outcome}`);
    await withTenant({ database: worker, orgId: key.orgId }, (tx) => recomputeDirty(tx, { atMost: days }));
    return performance.now() - startedAt;
  };
  await run();
  const stored = await superuser.query<{ count: string }>('select count(*) from affiliate.stats_daily');
  return { facts: Number(stored.rows[0]?.count), run, mark: () => markRows(superuser) };
}

interface Logins {
  superuser: pg.Client;
  worker: Database;
  system: Database;
}

/** An organization that counts in another currency than its account at the network is paid in. */
async function openBenchAccount({ superuser, worker, system }: Logins, currency: string) {
  await seedBrands(system, brandsOf(brands));
  await loadRates(system, ratesOf(days + 7), systemClock());
  const { rows } = await superuser.query<{ id: string }>(
    `insert into identity.organizations (name, base_currency) values ('bench', 'GBP') returning id`,
  );
  const orgId = rows[0]?.id ?? '';
  const account = { orgId, provider: everflow.slug, accountRef: 'bench' };
  const { connectionId } = await withSystem(system, (tx) => connect(tx, account));
  const about = { connectionId, brand: everflow.slug, timeZone: 'UTC', currency };
  await withTenant({ database: worker, orgId }, (tx) => openAccount(tx, about));
  return { orgId, connectionId };
}

function book({ book, account }: EverflowSandbox, rowsPerDay: number): void {
  const today = Math.floor(systemClock().getTime() / dayMs) * dayMs;
  for (let back = 0; back < days; back += 1) {
    for (let row = 0; row < rowsPerDay; row += 1) {
      book.add({
        ...{
          id: `${back} ${row}`,
          at: new Date(today - back * dayMs),
          offer: 1 + (row % 7),
          sourceId: `source ${row % 3}`,
        },
        ...{ sub1: `sub ${account.networkId * row}`, clicks: 100 + row, invalidClicks: 1, duplicateClicks: 0 },
        ...{
          conversions: row % 11,
          events: row % 5,
          revenueMinor: 1500 + row,
          onHoldConversions: 0,
          onHoldRevenueMinor: 0,
        },
      });
    }
  }
}

const ratesOf = (count: number) =>
  Array.from({ length: count }, (_, back) => new Date(Date.now() - back * dayMs).toISOString().slice(0, 10)).flatMap(
    (day) => [
      { day, currency: 'USD', rate: '1.1616' },
      { day, currency: 'GBP', rate: '0.88045' },
    ],
  );

function callsTo({ fetch, account }: EverflowSandbox, budgets: ReturnType<typeof createBudgets>) {
  const { apiKey, currency } = account;
  const accessToken = toAccessToken({ apiKey, affiliateId: '42', currency });
  const callOf = createProviderCalls({
    apis: { [everflow.slug]: { apiUrl: () => '', addressOf: networkAddress(everflow), budgetsIn: () => [] } },
    tokens: {
      withToken: (_connection, call) =>
        call({ accessToken, provider: everflow.slug, accountRef: 'bench', region: null }),
    },
    guardedCall: createGuardedCall({ fetch, clock: systemClock, maxResponseBytes: 16 * 1024 * 1024 }),
    ...{ budgets, clock: systemClock },
  });
  return (connection: Parameters<typeof callOf>[0]) => callOf(connection, 'walk');
}

/** By the transactions that wrote them, and not by PostgreSQL's statistics, which a backend tells when it likes. */
async function markRows(superuser: pg.Client): Promise<() => Promise<number>> {
  const { rows: tables } = await superuser.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relnamespace = 'affiliate'::regnamespace and relkind = 'r'`,
  );
  const { rows } = await superuser.query<{ mark: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as mark',
  );
  const mark = Number(rows[0]?.mark);
  const count = async () => {
    const union = tables
      .map(({ name }) => `select xmin::text::bigint >= ${mark} as is_new from ${name}`)
      .join(' union all ');
    const counted = await superuser.query<{ old: string; new: string }>(
      `select count(*) filter (where not is_new) as old, count(*) filter (where is_new) as new from (${union}) r`,
    );
    return { old: Number(counted.rows[0]?.old), new: Number(counted.rows[0]?.new) };
  };
  const before = await count();
  return async () => {
    const after = await count();
    return after.new + before.old - after.old;
  };
}
