import type { Message } from '@aws-sdk/client-sqs';

/** Lambda caps the event of one invocation at six megabytes. */
const batchLimitBytes = 6 * 1024 * 1024;
/** A record's fields beside its body, generously. */
const recordOverheadBytes = 2048;

const sizeOf = (message: Message) => recordOverheadBytes + Buffer.byteLength(JSON.stringify(message.Body ?? ''));

export interface Batch {
  readonly messages: readonly Message[];
  /** Takes from the front of `held` what fits; true when no more does. */
  fillFrom(held: Message[]): boolean;
}

/** A batch being filled: at most so many messages and six megabytes; what does not fit stays in `held` for the next. */
export function createBatch(batchSize: number): Batch {
  const messages: Message[] = [];
  let bytes = 0;
  return {
    messages,
    fillFrom(held) {
      for (let next = held[0]; next !== undefined && messages.length < batchSize; next = held[0]) {
        bytes += sizeOf(next);
        if (bytes > batchLimitBytes && messages.length > 0) return true;
        messages.push(next);
        held.shift();
      }
      return messages.length >= batchSize;
    },
  };
}
