import type { Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';
import { type Refusal, refusalError, shortHash } from './post.ts';

export interface Hold {
  /** Names this hold in the organization for ever: asking for it again changes nothing. */
  key: string;
  /** Its amount is set aside here and can be spent by nobody else. */
  debitAccountId: string;
  creditAccountId: string;
  /** Positive, in the unit of both accounts. */
  amount: number;
  /** From then on it can only expire. */
  expiresAt: Date;
}

export type HoldOutcome =
  | { key: string; holdId: string; outcome: 'held' | 'replayed' }
  | { key: string; outcome: Refusal };

/**
 * Sets amounts aside. Each is refused alone; answers in the order given.
 * @throws AppError `validation_failed` for an amount that is not positive, and for one account on both sides.
 */
export async function hold(tx: TenantTransaction, holds: readonly Hold[]): Promise<HoldOutcome[]> {
  if (holds.length === 0) return [];
  if (holds.some(({ amount, debitAccountId, creditAccountId }) => amount <= 0 || debitAccountId === creditAccountId)) {
    throw new AppError('validation_failed', 'A hold takes a positive amount from one account for another.');
  }
  const rows = await tx.query<{ hold_id: string; outcome: 'held' | 'replayed' | Refusal }>(
    'select hold_id, outcome from ledger.hold($1, $2, $3, $4, $5, $6, $7)',
    [
      tx.orgId,
      holds.map(({ key }) => key),
      holds.map(requestHash),
      holds.map(({ debitAccountId }) => debitAccountId),
      holds.map(({ creditAccountId }) => creditAccountId),
      holds.map(({ amount }) => amount),
      holds.map(({ expiresAt }) => expiresAt),
    ],
  );
  return rows.map(({ hold_id, outcome }, index) => {
    const { key } = holds[index] as Hold;
    return outcome === 'held' || outcome === 'replayed' ? { key, holdId: hold_id, outcome } : { key, outcome };
  });
}

/**
 * Sets one amount aside.
 * @throws AppError `idempotency_key_reused`, `floor_violated`, `ceiling_violated`, `unknown_account`.
 */
export async function holdOne(tx: TenantTransaction, wanted: Hold): Promise<string> {
  const [result] = await hold(tx, [wanted]);
  if (result && 'holdId' in result) return result.holdId;
  throw refusalError((result as { outcome: Refusal }).outcome, wanted.key);
}

function requestHash({ debitAccountId, creditAccountId, amount, expiresAt }: Hold): Buffer {
  return shortHash({ debitAccountId, creditAccountId, amount, expiresAt: expiresAt.toISOString() });
}

/** Ways a hold is over. */
export type Resolved = 'posted' | 'voided' | 'expired';

export type ResolveOutcome =
  /** Now; `expired` when its time had passed, whatever was asked. */
  | { holdId: string; outcome: Resolved; postingId: string | null }
  /** Before: nothing happened. */
  | { holdId: string; outcome: `already_${Resolved}`; postingId: string | null }
  | { holdId: string; outcome: 'unknown_hold' | 'exceeds_hold'; postingId: null };

export interface Resolution {
  holdId: string;
  /** What to post of it: all or a part, and the rest is free again. Null voids it. */
  amount: number | null;
}

/** What the postings of a call have in common. */
export interface ResolveOptions {
  kind: string;
  /** Decides what has expired, and when the posting counts. */
  at: Date;
  metadata?: Json;
}

/** Resolves holds, each once. Answers in the order given. */
export async function resolveHolds(
  tx: TenantTransaction,
  resolutions: readonly Resolution[],
  { kind, at, metadata }: ResolveOptions,
): Promise<ResolveOutcome[]> {
  if (resolutions.length === 0) return [];
  if (resolutions.some(({ amount }) => amount !== null && amount <= 0)) {
    throw new AppError('validation_failed', 'A hold is posted with a positive amount.');
  }
  const rows = await tx.query<{ hold_id: string; outcome: ResolveOutcome['outcome']; posting_id: string | null }>(
    'select hold_id, outcome, posting_id from ledger.resolve_holds($1, $2, $3, $4, $5, $6)',
    [
      tx.orgId,
      resolutions.map(({ holdId }) => holdId),
      resolutions.map(({ amount }) => amount),
      kind,
      metadata === undefined ? null : JSON.stringify(metadata),
      at,
    ],
  );
  return rows.map(
    ({ hold_id, outcome, posting_id }) => ({ holdId: hold_id, outcome, postingId: posting_id }) as ResolveOutcome,
  );
}

/**
 * Expires holds whose time has passed, at most `limit`, the oldest first. Answers their ids; none when none is left.
 * Idempotent: a hold is resolved once.
 */
export async function expireHolds(
  tx: TenantTransaction,
  { at, limit }: { at: Date; limit: number },
): Promise<string[]> {
  const due = await tx.query<{ id: string }>(
    `select id from ledger.holds where org_id = $1 and status = 'pending' and expires_at <= $2 order by expires_at, id limit $3`,
    [tx.orgId, at, limit],
  );
  const outcomes = await resolveHolds(
    tx,
    due.map(({ id }) => ({ holdId: id, amount: null })),
    { kind: 'expire', at },
  );
  return outcomes.flatMap(({ holdId, outcome }) => (outcome === 'expired' ? [holdId] : []));
}
