import { setTimeout as delay } from 'node:timers/promises';
import type { queues } from '@tributary/infra/topology';
import type { InvocationResult } from '@tributary/local/lambda-error';
import type { LocalSqs } from '@tributary/local/sqs';
import { type Functions, startPollers } from '@tributary/local/stack-functions';

const betweenLooksMs = 20;
/** Far more than any round takes; then something is stuck. */
const longestMs = 120_000;

export interface Drained {
  /** From the first receive to the answer of the last invocation. */
  elapsedMs: number;
  invocations: number;
  /** Records that had to come a second time. */
  retried: number;
}

function failuresOf({ functionError, payload }: InvocationResult, records: number): number {
  if (functionError !== undefined) return records;
  return (payload as { batchItemFailures: unknown[] }).batchItemFailures.length;
}

/**
 * Lets the ingest function work off a queue that holds `count` messages, as its event source does: batches and concurrency of the
 * topology. Resolves when the queue is empty.
 */
export async function drain(
  sqs: LocalSqs,
  functions: Functions,
  count: number,
  log: (line: string) => void,
): Promise<Drained> {
  let done = 0;
  let lastAt = 0;
  const drained = { invocations: 0, retried: 0 };
  const invoke: Functions['invoke'] = async (name, event) => {
    const result = await functions.invoke(name, event);
    const records = (event as { Records: unknown[] }).Records.length;
    const failures = failuresOf(result, records);
    if (result.functionError !== undefined) log(`${name} failed: ${result.payload.errorType}`);
    drained.invocations += 1;
    drained.retried += failures;
    done += records - failures;
    lastAt = performance.now();
    return result;
  };
  const started = performance.now();
  const pollers = startPollers({ dataDir: '', retryVisibilitySeconds: 0, log }, sqs, invoke);
  try {
    await emptied(sqs, () => done >= count, started + longestMs);
  } finally {
    await Promise.all(pollers.map((poller) => poller.stop()));
  }
  return { ...drained, elapsedMs: lastAt - started };
}

async function emptied(sqs: LocalSqs, allDone: () => boolean, deadline: number): Promise<void> {
  const queue = 'ingest' satisfies keyof typeof queues;
  for (;;) {
    const { visible, inFlight, delayed, deadLettered } = sqs.depth(queue);
    if (deadLettered > 0) throw new Error(`${deadLettered} messages went to the dead-letter queue`);
    if (allDone() && visible + inFlight + delayed === 0) return;
    if (performance.now() > deadline) throw new Error(`${visible + inFlight} messages are left after ${longestMs} ms`);
    await delay(betweenLooksMs);
  }
}
