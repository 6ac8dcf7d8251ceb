import type { Database } from '@tributary/db/connection';
import { systemStatement, type TenantTransaction } from '@tributary/db/transaction';

/** Objects first: they tell by which ids other bytes name somebody. Deliveries last: see `reopen`. */
export const steps = ['objects', 'pulls', 'drifts', 'events', 'parked', 'twins', 'deliveries'] as const;
export type Step = (typeof steps)[number];

export interface Position {
  step: Step;
  /** Where its next page begins; null: at the first row. */
  from: string | null;
}

export const beginning: Position = { step: steps[0], from: null };

/** Somebody was erased, and the raw bytes are still to be gone through. */
export interface OpenErasure {
  orgId: string;
  customerId: string;
  requestedAt: Date;
  /** Null: not begun. */
  position: Position | null;
}

/** Longer than any transaction lasts: what was committed by one that did not see the erasure is there by then. */
const patienceMs = 5 * 60_000;
const atMost = 100;

/** Those that were left alone for longest, first. */
export function readOpen(system: Database, now: Date): Promise<OpenErasure[]> {
  return systemStatement(
    system,
    `select org_id as "orgId", customer_id as "customerId", requested_at as "requestedAt", position
     from privacy.erasures where swept_at is null and requested_at <= $1::timestamptz - $2 * interval '1 millisecond'
     order by coalesce(tried_at, requested_at) limit $3`,
    [now, patienceMs, atMost],
  );
}

/** Notes that they are gone on with, before anything can go wrong. */
export async function takeUp(tx: TenantTransaction, customerIds: readonly string[], now: Date): Promise<void> {
  await tx.query('update privacy.erasures set tried_at = $3 where org_id = $1 and customer_id = any ($2)', [
    tx.orgId,
    customerIds,
    now,
  ]);
}

/**
 * Counts names that bytes told beside those that were known, in the transaction that remembers them: told again, they are known, and
 * nothing would lead back to what was gone through before.
 */
export async function noteFound(tx: TenantTransaction, customerIds: readonly string[], found: number): Promise<void> {
  if (found === 0 || customerIds.length === 0) return;
  await tx.query(
    'update privacy.erasures set found = found + $3 where org_id = $1 and customer_id = any ($2) and swept_at is null',
    [tx.orgId, customerIds, found],
  );
}

/** Erasures of one organization that have come equally far. */
export interface Walk {
  customerIds: string[];
  position: Position | null;
}

export type Moved = Pick<OpenErasure, 'customerId' | 'position'>;

/**
 * Moves erasures on, or ends them when nothing is left: those that found names begin again, since what was gone through already may name
 * somebody by these. One that was taken up again meanwhile stays where it was put. @returns where each is now, null for those that ended
 */
export function move(
  tx: TenantTransaction,
  { customerIds, position }: Walk,
  next: Position | null,
  now: Date,
): Promise<Moved[]> {
  const isHere = 'e.position is not distinct from $3::jsonb';
  const isDone = `${isHere} and $4::jsonb is null`;
  return tx.query<Moved>(
    `update privacy.erasures e set
       position = case when not (${isHere}) then e.position when $4::jsonb is not null then $4::jsonb when e.found > 0 then $5::jsonb end,
       found = case when ${isDone} then 0 else e.found end,
       swept_at = case when ${isDone} and e.found = 0 then $6::timestamptz end
     where e.org_id = $1 and e.customer_id = any ($2) and e.swept_at is null
     returning e.customer_id as "customerId", e.position`,
    [tx.orgId, customerIds, ...[position, next, beginning].map((place) => place && JSON.stringify(place)), now],
  );
}
