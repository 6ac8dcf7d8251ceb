import { accountOf } from '@tributary/affiliate/account/account-of';
import { openAccount } from '@tributary/affiliate/account/open-account';
import { applyDailyStats } from '@tributary/affiliate/fact/apply-daily-stats';
import type { DailyPage, DailySource, DailyStats, DayWindow } from '@tributary/core/daily-stats';
import type { Pull, RecordedCall } from '@tributary/core/provider-call';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { connect } from '@tributary/sync/connection/connect';
import {
  type RunDependencies,
  type RunFailure,
  type RunOutcome,
  runConnection,
} from '@tributary/sync/run/run-connection';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';

/** A question to the network: a page of a window, counted from 1. */
interface Asked {
  window: DayWindow;
  page: number;
}

export interface Network {
  /** All that was asked, in turn. */
  asked: Asked[];
  /** How it says things; it may fail, or say them otherwise than it has them. */
  answer(asked: Asked, page: DailyPage): DailyPage | Promise<DailyPage>;
  /** What each row of a day has; clicks only. */
  clicksOf(day: string): number;
}

export interface DaysPlace {
  orgId: string;
  connectionId: string;
  clock: VirtualClock;
  network: Network;
  failures: RunFailure[];
  runs: Omit<RunDependencies, 'mayGoOn'>;
  run(changed?: Partial<RunDependencies>): Promise<RunOutcome>;
  /** As the lease of a worker that is gone ends by time. */
  endLease(): Promise<void>;
  /** All that is kept of the days, without ids and times. */
  kept(): Promise<Record<string, unknown>>;
  clicks(): Promise<Record<string, number>>;
  /** The days that can be asked for, the earliest first. */
  days(): string[];
  lastRun(): Promise<Record<string, unknown>>;
  pulls(): Promise<string[]>;
  /** In milliseconds. */
  dueIn(): Promise<number>;
  plan(): Promise<{ open: DayWindow[]; failed: DayWindow[]; windowDays: number }>;
}

export interface DaysOptions {
  backfillDays?: number;
  windowDays?: number;
  rowsPerPage?: number;
  rowsPerDay?: number;
}

const brand = 'scripted';
const dayMs = 24 * 60 * 60_000;

/** An account at a network that does as it is told, connected and never read. */
export async function openDaysPlace(
  database: TestDatabase,
  { backfillDays = 70, windowDays = 20, rowsPerPage = 25, rowsPerDay = 2 }: DaysOptions = {},
): Promise<DaysPlace> {
  const clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  const { orgId, connectionId } = await connectScripted(database, clock);
  const failures: RunFailure[] = [];
  const network: Network = { asked: [], answer: (_, page) => page, clicksOf: (day) => Number(day.slice(8)) };
  const source = createScripted(network, { windowDays, rowsPerPage, rowsPerDay });
  const runs: DaysPlace['runs'] = {
    worker: database.worker,
    clock: clock.now,
    sources: {},
    callOf: () => recordCalls(clock),
    applyFacts: async () => 0,
    days: {
      sources: { [brand]: source },
      accountOf,
      apply: async (tx, read) => {
        const { written, zeroed } = await applyDailyStats(tx, read);
        return written + zeroed;
      },
      backfillDays: { [brand]: backfillDays },
    },
    backfillMs: {},
    report: (failure) => failures.push(failure),
  };
  return {
    ...{ orgId, connectionId, clock, network, failures, runs },
    run: (changed = {}) =>
      runConnection({ ...runs, mayGoOn: () => true, ...changed }, { orgId, connectionId, trigger: 'schedule' }),
    days: () =>
      Array.from({ length: backfillDays }, (_, back) => dayAt(clock.now().getTime() - back * dayMs)).toReversed(),
    ...createViews(database, { orgId, connectionId, clock }),
  };
}

const dayAt = (ms: number) => new Date(ms).toISOString().slice(0, 10);

async function connectScripted(database: TestDatabase, clock: VirtualClock) {
  const { system, superuser, worker } = database;
  await superuser.query(
    `insert into ref.brands (slug, name, adapter_key, auth_type, window_days, status)
     values ($1, 'Scripted', $1, 'api_key', 31, 'active') on conflict do nothing`,
    [brand],
  );
  const orgId = await createOrganization(database);
  const account = { orgId, provider: brand, accountRef: orgId };
  const { connectionId } = await withSystem(system, (tx) => connect(tx, account));
  await superuser.query('update sync.connections set next_run_at = $2 where id = $1', [connectionId, clock.now()]);
  const about = { connectionId, brand, timeZone: 'UTC', currency: 'EUR' };
  await withTenant({ database: worker, orgId }, (tx) => openAccount(tx, about));
  return { orgId, connectionId };
}

/** Answers are a hundred bytes each. */
function recordCalls(clock: VirtualClock): RecordedCall {
  let pulls: Pull[] = [];
  const call = async ({ path }: { path: string }) => {
    pulls.push({ request: `GET ${path}`, body: Buffer.alloc(100), fetchedAt: clock.now() });
  };
  return {
    call: call as unknown as RecordedCall['call'],
    take: () => {
      const taken = pulls;
      pulls = [];
      return { pulls: taken, bytes: 100 * taken.length };
    },
  };
}

function createScripted(
  network: Network,
  { windowDays, rowsPerPage, rowsPerDay }: Required<Omit<DaysOptions, 'backfillDays'>>,
): DailySource {
  return {
    windowDays,
    fetchDaily: async (call, _, window, cursor) => {
      const page = cursor === null ? 1 : Number(cursor);
      const asked = { window, page };
      network.asked.push(asked);
      await call({ path: `${window.from}/${window.to}/${page}` }, undefined as never);
      const days = (Date.parse(window.to) - Date.parse(window.from)) / dayMs + 1;
      const rowAt = (index: number): DailyStats => {
        const day = dayAt(Date.parse(window.from) + Math.floor(index / rowsPerDay) * dayMs);
        return { ...nothing, day, campaign: `campaign ${index % rowsPerDay}`, clicks: network.clicksOf(day) };
      };
      const [first, behind] = [(page - 1) * rowsPerPage, Math.min(page * rowsPerPage, days * rowsPerDay)];
      const rows = Array.from({ length: Math.max(0, behind - first) }, (_row, index) => rowAt(first + index));
      const cut = { rows, isComplete: true };
      const isLast = behind === days * rowsPerDay;
      return network.answer(asked, { ...cut, cursor: isLast ? null : String(page + 1) });
    },
  };
}

const nothing = {
  ...{ campaign: '', source: '', subId: '', currency: 'EUR' },
  ...{ clicks: 0, signups: 0, ftdCount: 0, depositsMinor: 0, ggrMinor: 0, ngrMinor: 0, commissionMinor: 0 },
};

function createViews(
  { superuser }: TestDatabase,
  { orgId, connectionId, clock }: Pick<DaysPlace, 'orgId' | 'connectionId' | 'clock'>,
): Pick<DaysPlace, 'endLease' | 'kept' | 'clicks' | 'lastRun' | 'pulls' | 'dueIn' | 'plan'> {
  const rows = async (sql: string) => (await superuser.query(sql, [orgId, connectionId])).rows;
  const ofConnection = 'where org_id = $1 and connection_id = $2';
  const plan = async () =>
    (await rows(`select position from sync.streams ${ofConnection} and resource = 'days'`))[0]?.position;
  return {
    plan,
    endLease: async () => {
      await rows(
        `update sync.connections set run_leased_until = now() - interval '1 second'
         where org_id = $1 and id = $2 and run_lease is not null`,
      );
    },
    kept: async () => {
      const { madeAt: _, ...left } = await plan();
      return {
        left,
        facts: await rows(
          `select day::text, campaign, clicks, base_currency, rate from affiliate.stats_daily ${ofConnection} order by 1, 2`,
        ),
        changes: await rows(`select day::text, campaign, old_value from affiliate.stat_changes ${ofConnection}`),
        account: await rows(`select seen_through::text from affiliate.accounts ${ofConnection}`),
        pulls: await rows(`select request from sync.pulls ${ofConnection} order by 1`),
        dirty: await rows(
          'select day::text from affiliate.dirty_days where org_id = $1 and $2::uuid is not null order by 1',
        ),
      };
    },
    clicks: async () => {
      const days = await rows(
        `select day::text, sum(clicks)::int as clicks from affiliate.stats_daily ${ofConnection} group by 1 order by 1`,
      );
      return Object.fromEntries(days.map(({ day, clicks }) => [day, clicks]));
    },
    lastRun: async () =>
      (
        await rows(
          `select status, reason, pages, objects, changed, bytes::int, failed_windows as "failedWindows", request_id as "requestId"
           from sync.runs ${ofConnection} order by id desc limit 1`,
        )
      )[0],
    pulls: async () =>
      (await rows(`select request from sync.pulls ${ofConnection} order by id`)).map(({ request }) => request),
    dueIn: async () => {
      const [due] = await rows('select next_run_at as at from sync.connections where org_id = $1 and id = $2');
      return due.at.getTime() - clock.now().getTime();
    },
  };
}

/** What the network has, by day. */
export const truth = ({ days, network }: DaysPlace) =>
  Object.fromEntries(days().map((day) => [day, 2 * network.clicksOf(day)]));

/** The windows that were asked for, in turn, as often as they were. */
export const windowsOf = ({ network }: DaysPlace) =>
  network.asked.filter(({ page }) => page === 1).map(({ window: { from, to } }) => `${from}/${to}`);

/** Whether a day was asked for. */
export const isOf = ({ window: { from, to } }: Asked, day: string) => from <= day && day <= to;
