import { contentHash, type Json } from '@tributary/core/canonical-json';
import { AppError, type ErrorCode } from '@tributary/core/errors';
import { sqlState } from '@tributary/db/sqlstate';
import type { TenantTransaction } from '@tributary/db/transaction';

/** The lot that a credit makes on an account that keeps lots. */
export interface NewLot {
  /** When what is left of it is taken back; null: never. */
  expiresAt: Date | null;
  /** A UUID of the domain: what it was given for. A debit may prefer the lots of one origin. */
  origin?: string;
  /** When it moves on to another account; it belongs to an account nobody spends from until then. */
  release?: { at: Date; accountId: string };
}

export interface Leg {
  accountId: string;
  /** In the account's unit: positive credits it, negative debits it, never zero. */
  amount: number;
  /** Of a credit to an account that keeps lots; without it a lot that never expires. */
  lot?: NewLot;
  /** Of a debit of an account that keeps lots: take from this lot, or the lots of this origin, before others. */
  prefers?: string;
}

export interface Posting {
  /** Names this posting in the organization for ever: posting it again changes nothing. */
  key: string;
  kind: string;
  /** When it counts in business time. */
  effectiveAt: Date;
  metadata?: Json;
  /** Whether it may take accounts below their floor: for corrections that must not fail. */
  overdraw?: boolean;
  /** At least two; they sum to zero per unit. They count in this order. */
  legs: readonly Leg[];
}

/** Why a posting alone was refused; nothing of it happened. */
export type Refusal = 'conflict' | 'floor_violated' | 'ceiling_violated' | 'unknown_account';

export interface Posted {
  key: string;
  postingId: string;
  /** `replayed`: it had been posted before, and nothing happened now. */
  outcome: 'posted' | 'replayed';
}

/** What became of one posting of a set. */
export type PostOutcome = Posted | { key: string; outcome: Refusal };

/**
 * Posts a set of postings in one statement; a single one is a set of one. Those that are refused are refused alone. Answers in the
 * order given.
 * @throws AppError `validation_failed` for a leg of zero, `unbalanced_posting` when legs do not sum to zero per unit or there are none;
 * the transaction must then be given up.
 */
export async function post(tx: TenantTransaction, postings: readonly Posting[]): Promise<PostOutcome[]> {
  if (postings.length === 0) return [];
  const legs = postings.flatMap((posting, index) => posting.legs.map((leg) => ({ leg, posting: index + 1 })));
  if (legs.some(({ leg }) => leg.amount === 0))
    throw new AppError('validation_failed', 'Every leg of a posting moves something.');
  const details = legs.map(({ leg }) => lotDetail(leg));
  const rows = await tx
    .query<{ posting_id: string; outcome: Posted['outcome'] | Refusal }>(
      'select posting_id, outcome from ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
      [
        tx.orgId,
        postings.map(({ key }) => key),
        postings.map(requestHash),
        postings.map(({ kind }) => kind),
        postings.map(({ effectiveAt }) => effectiveAt),
        postings.map(({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata))),
        postings.map(({ overdraw }) => overdraw ?? false),
        legs.map(({ posting }) => posting),
        legs.map(({ leg }) => leg.accountId),
        legs.map(({ leg }) => leg.amount),
        details.some((detail) => detail !== null) ? details : null,
      ],
    )
    .catch(refuseUnbalanced);
  return rows.map(({ posting_id, outcome }, index) => {
    const { key } = postings[index] as Posting;
    return isPosted(outcome) ? { key, postingId: posting_id, outcome } : { key, outcome };
  });
}

/**
 * Posts a set of postings, all or none.
 * @throws AppError as `post`, and `idempotency_key_reused`, `floor_violated`, `ceiling_violated`, `unknown_account` naming the key of
 * the first posting refused. The transaction must then be given up.
 */
export async function postAll(tx: TenantTransaction, postings: readonly Posting[]): Promise<Posted[]> {
  return (await post(tx, postings)).map((result) => {
    if (!('postingId' in result)) throw refusalError(result.outcome, result.key);
    return result;
  });
}

const refusals: Readonly<Record<Refusal, [code: ErrorCode, message: string]>> = {
  conflict: ['idempotency_key_reused', 'was used for another posting'],
  floor_violated: ['floor_violated', 'would take a balance below its floor'],
  ceiling_violated: ['ceiling_violated', 'would take a balance above its ceiling'],
  unknown_account: ['unknown_account', 'names an account that does not exist'],
};

/** The refusal of one posting as what is thrown. */
export function refusalError(refusal: Refusal, key: string): AppError {
  const [code, message] = refusals[refusal];
  return new AppError(code, `The posting ${key} ${message}.`);
}

const isPosted = (outcome: Posted['outcome'] | Refusal): outcome is Posted['outcome'] =>
  outcome === 'posted' || outcome === 'replayed';

/** The first 128 bits of the hash of a request: the same key must come with the same. */
export function shortHash(request: Json): Buffer {
  return contentHash(request).subarray(0, 16);
}

function requestHash({ kind, effectiveAt, metadata, overdraw, legs }: Posting): Buffer {
  return shortHash({
    kind,
    effectiveAt: effectiveAt.toISOString(),
    metadata: metadata ?? null,
    ...(overdraw && { overdraw }),
    legs: legs.map(({ accountId, amount, lot, prefers }) => ({
      accountId,
      amount,
      ...(lot && { lot: lotJson(lot) }),
      ...(prefers !== undefined && { prefers }),
    })),
  });
}

const lotJson = ({ expiresAt, origin, release }: NewLot) => ({
  expiresAt: expiresAt?.toISOString() ?? null,
  origin: origin ?? null,
  availableAt: release?.at.toISOString() ?? null,
  releasesTo: release?.accountId ?? null,
});

function lotDetail({ lot, prefers }: Leg): string | null {
  if (lot) return JSON.stringify(lotJson(lot));
  return prefers === undefined ? null : JSON.stringify({ prefers });
}

function refuseUnbalanced(cause: unknown): never {
  if (sqlState(cause) === 'LB001')
    throw new AppError('unbalanced_posting', 'The legs of a posting must sum to zero per unit.', { cause });
  throw cause;
}
