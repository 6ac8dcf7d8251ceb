import { type ProviderCall, requestLine } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import { parseStorableJson } from '@tributary/core/storable-json';

export interface StoredAnswer {
  /** `requestLine` of what was asked. */
  request: string;
  body: Uint8Array;
}

/**
 * A call that asks nobody: it answers from the record, what was asked several times in the order of the answers. Refusals were not kept,
 * so what has no answer was refused.
 */
export function recordedAnswers(
  answers: readonly StoredAnswer[],
  refusal: 'not_found' | 'invalid_response',
): ProviderCall {
  const left = Map.groupBy(answers, ({ request }) => request);
  return async (request, schema) => {
    const line = requestLine(request);
    const known = left.get(line) ?? [];
    const answer = known.length > 1 ? known.shift() : known[0];
    if (answer === undefined) throw new ProviderError(refusal, 'nothing was recorded');
    // 304, and a POST that was answered with nothing.
    const read = schema.safeParse(answer.body.byteLength === 0 ? undefined : parseStorableJson(answer.body));
    if (read.success) return read.data;
    throw new ProviderError('invalid_response', 'what was recorded is read in another shape now');
  };
}

/**
 * Reads facts from the record. Which refusal a question without an answer met is not known: one that let what followed go on, or it
 * would not have been applied.
 */
export async function readRecorded<Result>(
  answers: readonly StoredAnswer[],
  read: (call: ProviderCall) => Promise<Result>,
): Promise<Result> {
  try {
    return await read(recordedAnswers(answers, 'not_found'));
  } catch (error) {
    if (!answersAreMissing(error)) throw error;
    return read(recordedAnswers(answers, 'invalid_response'));
  }
}

function answersAreMissing(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof ProviderError ? error.cause : error;
  return cause instanceof ProviderError && cause.kind === 'not_found';
}
