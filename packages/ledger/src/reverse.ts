import type { Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';
import { type Refusal, shortHash } from './post.ts';

export interface Reversal {
  key: string;
  postingId: string;
  kind: string;
  effectiveAt: Date;
  metadata?: Json;
  /** Of a posting of two legs: this much of it. Without it all that is left. */
  amount?: number;
  /** Whether it may take accounts below their floor. */
  overdraw?: boolean;
}

export type ReverseOutcome =
  | { postingId: string; outcome: 'posted' | 'replayed' }
  | { outcome: Refusal | 'nothing_left' | 'exceeds_posting' | 'unknown_posting' };

/**
 * Reverses a posting by its mirror. All reversals of a posting together never exceed it: a second full one finds `nothing_left`.
 * Lots that were taken are given back with the dates they had; lots that were made are taken back first.
 */
export async function reverse(
  tx: TenantTransaction,
  { key, postingId, kind, effectiveAt, metadata, amount, overdraw }: Reversal,
): Promise<ReverseOutcome> {
  if (amount !== undefined && amount <= 0) {
    throw new AppError('validation_failed', 'A part of a posting is reversed with a positive amount.');
  }
  const request = { postingId, kind, effectiveAt: effectiveAt.toISOString(), amount: amount ?? null };
  const [row] = await tx.query<{ posting_id: string | null; outcome: ReverseOutcome['outcome'] }>(
    'select posting_id, outcome from ledger.reverse($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [
      tx.orgId,
      key,
      shortHash({ ...request, metadata: metadata ?? null }),
      kind,
      effectiveAt,
      metadata === undefined ? null : JSON.stringify(metadata),
      overdraw ?? false,
      postingId,
      amount ?? null,
    ],
  );
  const { posting_id, outcome } = row as { posting_id: string; outcome: ReverseOutcome['outcome'] };
  return outcome === 'posted' || outcome === 'replayed' ? { postingId: posting_id, outcome } : { outcome };
}
