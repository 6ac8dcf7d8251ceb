import type { Json } from '@tributary/core/canonical-json';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { Context } from '@tributary/http/route';
import { Answered } from '@tributary/http/wire';
import { runOnce } from '@tributary/identity/idempotency/run-once';
import { type ApiDeps, tenantOf } from './api.ts';

/** Thrown to end a transaction that was only to look. */
class Unanswered extends Error {}

/**
 * The answer of a request that was answered before under its `Idempotency-Key`; null when it was not. For what cannot run within one
 * transaction: ask first, work, then store the answer by `once`.
 * @throws AppError as `once`
 */
export async function answeredBefore<Result>(
  context: Context<ApiDeps>,
  operationId: string,
  request: Json,
): Promise<Answered<Result> | null> {
  const look = once<Result>(context, operationId, request, () => Promise.reject(new Unanswered()));
  return look.catch((error: unknown) => {
    if (error instanceof Unanswered) return null;
    throw error;
  });
}

/**
 * Answers a request to an idempotent route once per `Idempotency-Key`: `work` runs in one transaction with the storing of its answer;
 * the same request sent again gets that answer, byte for byte.
 * @param request all that decides what is asked for: `{ ...params, ...body }`, as parsed
 * @param work gets a key of its own to post under; unlike the answer, what is posted under it is kept for ever
 * @param how `waits` for what was done already, behind `answeredBefore`: the answer is stored even where somebody looks just then
 * @throws AppError `request_in_flight`, `idempotency_key_reused`, and what `work` throws; TypeError for a route that is not idempotent.
 */
export async function once<Result>(
  context: Context<ApiDeps>,
  operationId: string,
  request: Json,
  work: (tx: TenantTransaction, key: string) => Promise<Result>,
  how: { waits?: true } = {},
): Promise<Answered<Result>> {
  const { idempotencyKey: key, answerText } = context;
  if (key === null) throw new TypeError(`${operationId} is not described as idempotent`);
  const text = await withTenant(tenantOf(context), (tx) =>
    runOnce(tx, { key, operation: operationId, request, ...how }, async () =>
      answerText(await work(tx, `${operationId}:${key}`)),
    ),
  );
  return new Answered(text);
}
