import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type * as z from 'zod';

export interface QueueRecord<Message> {
  /** The SQS message id. */
  id: string;
  message: Message;
  /** 1 on the first delivery. */
  receiveCount: number;
}

export type RecordOutcome = 'done' | 'retry';

/** Why records failed as a whole; `error` is what the batch threw. */
export type BatchFailure =
  | { reason: 'unparsable'; ids: readonly string[] }
  | { reason: 'threw'; ids: readonly string[]; error: unknown };

/**
 * Runs one SQS batch as a set. Only a record that `handleAll` calls `done` leaves the queue: one that does not parse, one marked
 * `retry`, one left out of the map, and all of them when it throws, come back until they reach the dead-letter queue.
 * The answer always lists the failures, since Lambda takes a missing list for success.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function runBatch<Schema extends z.ZodType>(
  event: SQSEvent,
  schema: Schema,
  handleAll: (records: QueueRecord<z.output<Schema>>[]) => Promise<ReadonlyMap<string, RecordOutcome>>,
  report: (failure: BatchFailure) => void = printFailure,
): Promise<SQSBatchResponse> {
  const { records, unparsable } = parseRecords(event, schema);
  if (unparsable.length > 0) report({ reason: 'unparsable', ids: unparsable });
  const failed = new Set(unparsable);
  const ids = records.map((record) => record.id);
  try {
    const outcomes = records.length > 0 ? await handleAll(records) : new Map<string, RecordOutcome>();
    for (const id of ids) if (outcomes.get(id) !== 'done') failed.add(id);
  } catch (error) {
    report({ reason: 'threw', ids, error });
    for (const id of ids) failed.add(id);
  }
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

function parseRecords<Schema extends z.ZodType>(event: SQSEvent, schema: Schema) {
  const records = new Map<string, QueueRecord<z.output<Schema>>>();
  const unparsable: string[] = [];
  for (const { messageId: id, body, attributes } of event.Records) {
    const parsed = schema.safeParse(parseJson(body));
    if (parsed.success) {
      records.set(id, { id, message: parsed.data, receiveCount: Number(attributes.ApproximateReceiveCount) });
    } else unparsable.push(id);
  }
  return { records: [...records.values()], unparsable };
}

// No schema of ours accepts undefined, so it stands for "not JSON".
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names and ids only: a message of a driver or of V8 may quote the record. */
function printFailure(failure: BatchFailure): void {
  const { reason, ids } = failure;
  const error = failure.reason === 'threw' && failure.error instanceof Error ? failure.error.name : undefined;
  process.stdout.write(`${JSON.stringify({ level: 'ERROR', event: 'batch_failed', reason, ids, error })}\n`);
}
