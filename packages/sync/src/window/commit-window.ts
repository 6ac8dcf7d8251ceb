import type { DailyStats, DayWindow } from '@tributary/core/daily-stats';
import type { Pull } from '@tributary/core/provider-call';
import type { TenantTransaction } from '@tributary/db/transaction';
import { meterEgress } from '../egress/meter-egress.ts';
import { storePulls } from '../pull/store-pulls.ts';
import { holdLease, type OpenRun } from '../run/open-run.ts';
import type { Plan } from './plan.ts';

/** What is read of days, as one list of its connection. */
export const daysResource = 'days';

export interface DaysStream {
  id: string;
  /** As `plan` writes it; null for an account that was never read. */
  position: unknown;
}

/** The list of an account's days, made at its first run. @throws LeaseLost */
export async function keepDays(tx: TenantTransaction, run: OpenRun): Promise<DaysStream> {
  await holdLease(tx, run);
  const key = [tx.orgId, run.connectionId, daysResource];
  await tx.query(
    `insert into sync.streams (org_id, connection_id, resource, location_ref) values ($1, $2, $3, '') on conflict do nothing`,
    key,
  );
  const [stream] = await tx.query<DaysStream>(
    `select id, position from sync.streams where org_id = $1 and connection_id = $2 and resource = $3 and location_ref = ''`,
    key,
  );
  return stream as DaysStream;
}

/** Writes what is known of a window into the domain, in the transaction it is given. @returns how many rows were news. */
export type ApplyDays = (
  tx: TenantTransaction,
  read: {
    connectionId: string;
    runId: string;
    window: DayWindow;
    rows: readonly DailyStats[];
    isComplete: boolean;
    now: Date;
  },
) => Promise<number>;

export interface WindowToCommit {
  window: DayWindow;
  rows: readonly DailyStats[];
  pages: number;
  isComplete: boolean;
  /** What is left to read after it. */
  left: Plan;
  pulls: readonly Pull[];
  /** As the provider counts them. */
  bytes: number;
}

/** Commits a window: its facts, its bytes when it told any news, and what is left to read, all or nothing. @throws LeaseLost */
export async function commitWindow(
  tx: TenantTransaction,
  applyDays: ApplyDays,
  run: OpenRun,
  stream: DaysStream,
  { window, rows, pages, isComplete, left, pulls, bytes }: WindowToCommit,
  now: Date,
): Promise<void> {
  const { connectionId, provider, runId } = run;
  await holdLease(tx, run);
  const changed = await applyDays(tx, { connectionId, runId, window, rows, isComplete, now });
  if (changed > 0) {
    const position = { from: window.from, place: window.to };
    const cause = { streamId: stream.id, position };
    await storePulls(tx, { connectionId, provider, resource: daysResource, cause }, pulls);
  }
  await keepPlan(tx, run, stream, left, now);
  await tx.query(
    `update sync.runs set pages = pages + $3, objects = objects + $4, changed = changed + $5, bytes = bytes + $6
     where org_id = $1 and id = $2`,
    [tx.orgId, runId, pages, rows.length, changed, bytes],
  );
  await meterEgress(tx, { provider, bytes, at: now });
}

/** Keeps what is left to read; when nothing is, the account has been read whole. */
export async function keepPlan(
  tx: TenantTransaction,
  run: OpenRun,
  stream: DaysStream,
  left: Plan,
  now: Date,
): Promise<void> {
  await holdLease(tx, run);
  const isRead = left.open.length === 0 && left.failed.length === 0;
  await tx.query(
    'update sync.streams set position = $3, walked_at = coalesce($4, walked_at) where org_id = $1 and id = $2',
    [tx.orgId, stream.id, JSON.stringify(left), isRead ? now : null],
  );
}
