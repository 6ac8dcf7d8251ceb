import { contentHash, type Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';

/** A request that moves something. Its key is the organization's: any member who sends it again means the same request. */
export interface KeyedRequest {
  /** 1 to 255 characters, chosen by the caller. */
  key: string;
  /** What is asked for: one key cannot ask for two things. */
  operation: string;
  request: Json;
  /** For work that was done outside of the transaction and must be answered for: waits for whoever holds the key, who looks only. */
  waits?: true;
}

/**
 * Runs `work` unless the request was answered before, and stores its answer in the same transaction: effect and answer are there
 * together or not at all. A refusal, like every error of `work`, stores nothing, so the request may be sent again.
 * @param work answers with the text to be stored
 * @returns the answer of `work`, or the stored one as it was
 * @throws AppError `request_in_flight` while another transaction holds the key; `idempotency_key_reused` when it named another
 * request. A key names its request for 30 days.
 */
export async function runOnce(
  tx: TenantTransaction,
  keyed: KeyedRequest,
  work: () => Promise<string>,
): Promise<string> {
  await lockKey(tx, keyed);
  const requestHash = contentHash(keyed.request);
  const known = await findAnswer(tx, keyed, requestHash);
  if (known !== null) return known;
  const response = await work();
  await storeAnswer(tx, keyed, requestHash, response);
  return response;
}

const inFlight = () => new AppError('request_in_flight', 'A request with this Idempotency-Key is being answered.');

/** Until the end of the transaction. Mostly does not wait: who sends a request twice learns at once that the first still runs. */
async function lockKey(tx: TenantTransaction, { key, waits }: KeyedRequest): Promise<void> {
  const name = `hashtextextended('identity.idempotency_keys:' || $1 || ':' || $2, 0)`;
  const lock = waits ? `pg_advisory_xact_lock(${name}) is not null` : `pg_try_advisory_xact_lock(${name})`;
  const [row] = await tx.query<{ locked: boolean }>(`select ${lock} as locked`, [tx.orgId, key]);
  if (!row?.locked) throw inFlight();
}

/** A statement after the lock's: it must see what was committed before the lock was free. */
async function findAnswer(tx: TenantTransaction, { key, operation }: KeyedRequest, requestHash: Buffer) {
  const [row] = await tx.query<{ same: boolean; response: string }>(
    `select operation = $3 and request_hash = $4 as same, response from identity.idempotency_keys
     where org_id = $1 and key = $2 and expires_at > now()`,
    [tx.orgId, key, operation, requestHash],
  );
  if (row && !row.same) {
    throw new AppError('idempotency_key_reused', 'This Idempotency-Key named another request before.');
  }
  return row?.response ?? null;
}

async function storeAnswer(
  tx: TenantTransaction,
  { key, operation }: KeyedRequest,
  requestHash: Buffer,
  response: string,
): Promise<void> {
  const stored = await tx.query(
    `insert into identity.idempotency_keys as known (org_id, key, operation, request_hash, response)
     values ($1, $2, $3, $4, $5)
     on conflict (org_id, key) do update set operation = excluded.operation, request_hash = excluded.request_hash,
       response = excluded.response, created_at = excluded.created_at, expires_at = excluded.expires_at
     where known.expires_at <= now()
     returning key`,
    [tx.orgId, key, operation, requestHash, response],
  );
  // Somebody stored one since, which the lock forbids. What `work` did must not stand beside that answer.
  if (stored.length === 0) throw inFlight();
}
