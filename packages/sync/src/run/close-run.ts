import type { DayWindow } from '@tributary/core/daily-stats';
import type { TenantTransaction } from '@tributary/db/transaction';
import { meterEgress } from '../egress/meter-egress.ts';
import type { OpenRun } from './open-run.ts';

export interface RunResult {
  status: 'success' | 'partial' | 'failed';
  /** A stable code of what stood in the way. */
  reason: string | null;
}

interface Closing {
  now: Date;
  /** Null leaves the time the schedule has set. */
  nextRunAt: Date | null;
  /** What was answered and belongs to no page, as the provider counts it. */
  bytes: number;
  /** Days that could not be had, or not whole. */
  failedWindows: readonly DayWindow[];
}

/** A run that ends for these has not asked for all there is: whoever waited for it waits for the rest. */
const cutShort = ['out_of_time', 'provider_slow', 'provider_rate_limited', 'provider_unavailable', 'lease_lost'];

/** Ends a run and sets when the connection is next pulled from. Without a lease any more it ends the run alone. */
export async function closeRun(
  tx: TenantTransaction,
  run: OpenRun,
  { status, reason }: RunResult,
  { now, nextRunAt, bytes, failedWindows }: Closing,
): Promise<void> {
  await tx.query(
    `update sync.runs set status = $3, reason = $4, finished_at = $5, bytes = bytes + $6, failed_windows = $7
     where org_id = $1 and id = $2 and status = 'running'`,
    [tx.orgId, run.runId, status, reason, now, bytes, failedWindows.map(({ from, to }) => `${from}/${to}`)],
  );
  await tx.query(
    `update sync.connections set run_lease = null, run_leased_until = null,
       failures = case when $4 = 'failed' then failures + 1 else 0 end,
       last_success_at = case when $4 = 'success' then $5 else last_success_at end,
       priority = case when $4 = 'success' or ($4 = 'partial' and $7 <> all ($8::text[])) then 0 else priority end,
       next_run_at = case when next_run_at is null then null else coalesce($6, next_run_at) end
     where org_id = $1 and id = $2 and run_lease = $3`,
    [tx.orgId, run.connectionId, run.lease, status, now, nextRunAt, reason, cutShort],
  );
  await meterEgress(tx, { provider: run.provider, bytes, at: now });
}
