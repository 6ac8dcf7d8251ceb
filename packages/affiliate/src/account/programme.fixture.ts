import type { DailyMetric, DailyStats, DayWindow } from '@tributary/core/daily-stats';
import { dailyMetrics } from '@tributary/core/daily-stats';
import { withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { applyDailyStats } from '../fact/apply-daily-stats.ts';
import { openAccount } from './open-account.ts';

interface ProgrammeOptions {
  timeZone?: string;
  currency?: string;
  baseCurrency?: string;
  /** Another account of this organization; one of its own unless told. */
  orgId?: string;
}

/** An account at a network, and what is stored of it. */
export interface Programme {
  orgId: string;
  connectionId: string;
  /** Applies rows of a window, complete unless told. */
  apply(
    window: DayWindow,
    rows: readonly DailyStats[],
    at: string,
    isComplete?: boolean,
  ): ReturnType<typeof applyDailyStats>;
  /** A row of the account; what is not told is '' or 0. */
  row(day: string, told?: Partial<DailyStats>): DailyStats;
  /** Facts in the order of the grain, camel-cased and without ids and times. */
  facts(): Promise<Record<string, unknown>[]>;
  /** Restatements, in the order of the grain. */
  changes(): Promise<{ day: string; metric: string; from: number; to: number }[]>;
  dirtyDays(): Promise<string[]>;
  clearDirtyDays(): Promise<unknown>;
}

const network = 'everflow';

/** An account of an organization of its own, at a network that exists for tests. */
export async function openProgramme(database: TestDatabase, options: ProgrammeOptions = {}): Promise<Programme> {
  const { superuser } = database;
  const { timeZone = 'UTC', currency = 'EUR', baseCurrency = 'EUR' } = options;
  const orgId = options.orgId ?? (await createOrganization(database));
  await superuser.query('update identity.organizations set base_currency = $2 where id = $1', [orgId, baseCurrency]);
  await superuser.query(
    `insert into ref.brands (slug, name, adapter_key, auth_type, window_days, status)
     values ($1, 'Everflow', $1, 'api_key', 31, 'active') on conflict do nothing`,
    [network],
  );
  const { rows } = await superuser.query(
    `insert into sync.connections (org_id, provider, account_ref) values ($1, $2, gen_random_uuid()) returning id`,
    [orgId, network],
  );
  const connectionId: string = rows[0].id;
  const asWorker = { database: database.worker, orgId };
  await withTenant(asWorker, (tx) => openAccount(tx, { connectionId, brand: network, timeZone, currency }));
  const read = async (text: string) => (await superuser.query(text, [orgId, connectionId])).rows;
  const metrics = dailyMetrics.map(
    (metric) => `${metric.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}::float8 as "${metric}"`,
  );
  return {
    orgId,
    connectionId,
    row: (day, told = {}) => ({ day, campaign: '', source: '', subId: '', currency, ...noMetrics, ...told }),
    apply: (window, given, at, isComplete = true) =>
      withTenant(asWorker, (tx) =>
        applyDailyStats(tx, { connectionId, runId: null, window, rows: given, isComplete, now: new Date(at) }),
      ),
    facts: () =>
      read(`select day::text, campaign, source, sub_id as "subId", ${metrics}, currency, base_currency as "baseCurrency",
        base_deposits_minor::float8 as "baseDepositsMinor", base_ggr_minor::float8 as "baseGgrMinor", base_ngr_minor::float8 as "baseNgrMinor",
        base_commission_minor::float8 as "baseCommissionMinor", rate::text, rate_day::text as "rateDay", rate_source as "rateSource"
        from affiliate.stats_daily where org_id = $1 and connection_id = $2 order by day, campaign collate "C", source collate "C", sub_id collate "C"`),
    changes: () =>
      read(`select day::text, metric, old_value::float8 as "from", new_value::float8 as "to" from affiliate.stat_changes
        where org_id = $1 and connection_id = $2 order by day, campaign collate "C", source collate "C", sub_id collate "C", changed_at, metric`),
    dirtyDays: async () =>
      (
        await superuser.query('select day::text from affiliate.dirty_days where org_id = $1 order by day', [orgId])
      ).rows.map(({ day }) => day),
    clearDirtyDays: () => superuser.query('delete from affiliate.dirty_days where org_id = $1', [orgId]),
  };
}

const noMetrics = Object.fromEntries(dailyMetrics.map((metric) => [metric, 0])) as Record<DailyMetric, number>;
