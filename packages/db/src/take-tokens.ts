import { neon } from '@neondatabase/serverless';
import type { Clock } from '@tributary/core/clock';
import { AppError } from '@tributary/core/errors';
import type { TakeTokens } from '@tributary/core/token-bucket';
import type { Database } from './connection.ts';
import { isTransient, sqlState } from './sqlstate.ts';

const patienceMs = 3_000;
const statement =
  'select granted, remaining as left, wait_ms as "waitMs" from edge.take_tokens($1, $2, $3, $4, $5::timestamptz)';

/**
 * Takes tokens from the buckets in the database: one statement, one round trip by HTTP, as reads are made, so that no connection is opened
 * for it. It is not tried again: what was taken by a question without an answer is lost.
 * @param clock in place of the database's, which is the same for all instances
 * @throws AppError `unavailable` when the database does not answer: then nobody is counted, and nobody should be let in.
 */
export function tokenTaker({ url }: Pick<Database, 'url'>, clock?: Clock): TakeTokens {
  const http = neon(url);
  return async (questions) => {
    const parameters = [
      questions.map(({ key }) => key),
      questions.map(({ intervalMicros }) => intervalMicros),
      questions.map(({ burst }) => burst),
      questions.map(({ want }) => want),
      clock?.().toISOString() ?? null,
    ];
    const fetchOptions = { signal: AbortSignal.timeout(patienceMs) };
    try {
      const rows = await http.query(statement, parameters, { fetchOptions });
      return rows.map(({ granted, left, waitMs }) => ({ granted, left, waitMs: Number(waitMs) }));
    } catch (error) {
      const state = sqlState(error);
      // No answer, or none in time (57014): it is not known to be the question's fault.
      const isLate = state === undefined || state === '57014';
      if (!isLate && !isTransient(error)) throw error;
      throw new AppError('unavailable', 'Requests cannot be counted at the moment.', { cause: error });
    }
  };
}
