import { randomUUID } from 'node:crypto';
import type { TenantTransaction } from '@tributary/db/transaction';

export type RunTrigger = 'schedule' | 'connect' | 'sequence_gap' | 'reconciliation' | 'operator';

/** A connection while it is pulled from: nobody else does until the lease ends. */
export interface OpenRun {
  orgId: string;
  runId: string;
  lease: string;
  connectionId: string;
  provider: string;
  accountRef: string;
  connectedAt: Date;
  startedAt: Date;
  /** How many runs before this one failed in a row. */
  failures: number;
}

/** A page takes seconds; whoever has not come back by then is gone. By the database's clock, since clocks of workers differ. */
const leaseSeconds = 5 * 60;

/** Somebody else pulls from the connection now, or it was disconnected: what we hold is stale and must not be written. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** What a run is begun for. */
export interface RunRequest {
  connectionId: string;
  trigger: RunTrigger;
  /** When the schedule had it due: however often it is told of, it is served once. */
  slot?: Date | undefined;
  /** Of the message that asks for it. */
  requestId?: string | undefined;
}

/**
 * Begins a run, unless one is under way, the slot was served or the connection is not active: then null. A run whose lease has ended was
 * left behind.
 */
export async function openRun(
  tx: TenantTransaction,
  { connectionId, trigger, slot, requestId, now }: RunRequest & { now: Date },
): Promise<OpenRun | null> {
  const lease = randomUUID();
  const [connection] = await tx.query<Pick<OpenRun, 'provider' | 'accountRef' | 'connectedAt' | 'failures'>>(
    `update sync.connections set run_lease = $3, run_leased_until = now() + make_interval(secs => $4)
     where org_id = $1 and id = $2 and status = 'active' and (run_lease is null or run_leased_until <= now())
     returning provider, account_ref as "accountRef", connected_at as "connectedAt", failures`,
    [tx.orgId, connectionId, lease, leaseSeconds],
  );
  if (connection === undefined) return null;
  await tx.query(
    `update sync.runs set status = 'failed', reason = 'left_behind', finished_at = $3
     where org_id = $1 and connection_id = $2 and status = 'running'`,
    [tx.orgId, connectionId, now],
  );
  const [run] = await tx.query<{ id: string }>(
    `insert into sync.runs (org_id, connection_id, trigger, started_at, slot, request_id) values ($1, $2, $3, $4, $5, $6)
     on conflict (org_id, connection_id, slot) where slot is not null and reason is distinct from 'left_behind' do nothing
     returning id`,
    [tx.orgId, connectionId, trigger, now, slot ?? null, requestId ?? null],
  );
  if (run !== undefined) return { ...connection, orgId: tx.orgId, connectionId, lease, startedAt: now, runId: run.id };
  await tx.query(
    'update sync.connections set run_lease = null, run_leased_until = null where org_id = $1 and id = $2',
    [tx.orgId, connectionId],
  );
  return null;
}

/**
 * Extends the lease; its row stays locked until the transaction ends, so that nobody takes it over meanwhile. Whatever a run writes, it
 * writes after this.
 * @throws LeaseLost
 */
export async function holdLease(tx: TenantTransaction, run: OpenRun): Promise<void> {
  const held = await tx.query(
    `update sync.connections set run_leased_until = now() + make_interval(secs => $4)
     where org_id = $1 and id = $2 and run_lease = $3 and status = 'active' returning 1`,
    [tx.orgId, run.connectionId, run.lease, leaseSeconds],
  );
  if (held.length === 0) throw new LeaseLost('the run has lost its lease');
}
