import type { InvocationResult } from './lambda-error.ts';

/** What becomes of a batch: the ids to delete from the queue, and those that become visible again. */
export interface BatchOutcome {
  succeeded: readonly string[];
  failed: readonly string[];
}

/**
 * What Lambda makes of a queue function's answer, with `ReportBatchItemFailures` on. It is deliberately literal:
 * nothing reported means all deleted, even when the function meant otherwise; anything malformed returns the whole batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function outcomeOf(messageIds: readonly string[], result: InvocationResult): BatchOutcome {
  const allSucceeded = { succeeded: messageIds, failed: [] };
  const allFailed = { succeeded: [], failed: messageIds };
  if (result.functionError !== undefined) return allFailed;
  const { payload } = result;
  if (payload === null || payload === undefined) return allSucceeded;
  if (typeof payload !== 'object' || Array.isArray(payload)) return allFailed;
  const { batchItemFailures } = payload as { batchItemFailures?: unknown };
  if (batchItemFailures === null || batchItemFailures === undefined) return allSucceeded;
  if (!Array.isArray(batchItemFailures)) return allFailed;

  const failed = new Set<string>();
  for (const failure of batchItemFailures as ({ itemIdentifier?: unknown } | null)[]) {
    const id = failure?.itemIdentifier;
    if (typeof id !== 'string' || !messageIds.includes(id)) return allFailed;
    failed.add(id);
  }
  return { succeeded: messageIds.filter((id) => !failed.has(id)), failed: [...failed] };
}
