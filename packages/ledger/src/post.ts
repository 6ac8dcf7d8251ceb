import { contentHash, type Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import { sqlState, violatedConstraint } from '@tributary/db/sqlstate';
import type { TenantTransaction } from '@tributary/db/transaction';

export interface Leg {
  accountId: string;
  /** In the account's unit: positive credits it, negative debits it, never zero. */
  amount: number;
}

export interface Posting {
  /** Names this posting in the organization for ever: posting it again changes nothing. */
  key: string;
  kind: string;
  /** When it counts in business time. */
  effectiveAt: Date;
  metadata?: Json;
  /** At least two; they sum to zero per unit. */
  legs: readonly Leg[];
}

export interface Posted {
  key: string;
  postingId: string;
  /** `replayed`: it had been posted before, and nothing happened now. */
  outcome: 'posted' | 'replayed';
}

/**
 * Posts a set of postings in one statement, all or none.
 * @throws AppError `idempotency_key_reused` (a key with another request), `unbalanced_posting`, `unknown_account`,
 * `floor_violated`, `ceiling_violated`. The transaction must then be given up.
 */
export async function post(tx: TenantTransaction, postings: readonly Posting[]): Promise<Posted[]> {
  if (postings.length === 0) return [];
  const legs = postings.flatMap((posting, index) => posting.legs.map((leg) => ({ ...leg, posting: index + 1 })));
  const results = await tx
    .query<{ key: string; posting_id: string; outcome: Posted['outcome'] | 'conflict' }>(
      'select key, posting_id, outcome from ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9)',
      [
        tx.orgId,
        postings.map(({ key }) => key),
        postings.map(requestHash),
        postings.map(({ kind }) => kind),
        postings.map(({ effectiveAt }) => effectiveAt),
        postings.map(({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata))),
        legs.map(({ posting }) => posting),
        legs.map(({ accountId }) => accountId),
        legs.map(({ amount }) => amount),
      ],
    )
    .catch(refuse);
  const conflict = results.find(({ outcome }) => outcome === 'conflict');
  if (conflict) throw new AppError('idempotency_key_reused', `The key ${conflict.key} was used for another posting.`);
  return results.map(({ key, posting_id, outcome }) => ({
    key,
    postingId: posting_id,
    outcome: outcome as Posted['outcome'],
  }));
}

function requestHash({ kind, effectiveAt, metadata, legs }: Posting): Buffer {
  return contentHash({
    kind,
    effectiveAt: effectiveAt.toISOString(),
    metadata: metadata ?? null,
    legs: legs.map(({ accountId, amount }) => ({ accountId, amount })),
  });
}

function refuse(cause: unknown): never {
  const state = sqlState(cause);
  if (state === 'LB001')
    throw new AppError('unbalanced_posting', 'The legs of a posting must sum to zero per unit.', { cause });
  if (state === 'LB002')
    throw new AppError('unknown_account', 'A leg names an account that does not exist.', { cause });
  const constraint = violatedConstraint(cause);
  if (constraint === 'accounts_floor')
    throw new AppError('floor_violated', 'The balance would fall below its floor.', { cause });
  if (constraint === 'accounts_ceiling')
    throw new AppError('ceiling_violated', 'The balance would rise above its ceiling.', { cause });
  throw cause;
}
