import { type ProviderCall, requestLine } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import { readAnswer } from '../pull/read-answer.ts';

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
    return readAnswer(answer.body, schema);
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
