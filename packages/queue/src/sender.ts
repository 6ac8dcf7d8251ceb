import { AppError } from '@tributary/core/errors';

/** Limits of one SendMessage and one SendMessageBatch (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html). */
const maxBatchEntries = 10;
const maxBatchBytes = 1_048_576;

export interface SenderOptions {
  queueUrl: string;
  /** Two attempts of these fit into a webhook's 10 s. */
  connectTimeoutMs?: number;
  requestTimeoutMs?: number;
  attempts?: number;
}

/** Sends messages of one queue as JSON. Rejects with AppError `unavailable` unless the queue has taken every one. */
export interface Sender<Message> {
  send(message: Message): Promise<void>;
  /** Batches of ≤ 10 messages and ≤ 1 MiB, in order; after a rejection some may have been taken. */
  sendAll(messages: readonly Message[]): Promise<void>;
}

export function createSender<Message>(options: SenderOptions): Sender<Message> {
  const { queueUrl } = options;
  let connection: ReturnType<typeof connect> | undefined;
  const sqs = () => (connection ??= connect(options));

  return {
    async send(message) {
      const body = serialize(message);
      const { client, SendMessageCommand } = await sqs();
      const sent = { QueueUrl: queueUrl, MessageBody: body, ...groupOf(message) };
      await taken(client.send(new SendMessageCommand(sent)));
    },
    async sendAll(messages) {
      let sent = 0;
      for (const batch of batchesOf(messages.map(serialize))) {
        const { client, SendMessageBatchCommand } = await sqs();
        const ofBatch = messages.slice(sent, sent + batch.length);
        const entries = batch.map((body, index) => ({
          Id: String(index),
          MessageBody: body,
          ...groupOf(ofBatch[index]),
        }));
        sent += batch.length;
        const answer = await taken(client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries })));
        // SQS answers 200 when it refuses some entries of a batch.
        const refused = batch.length - (answer.Successful?.length ?? 0);
        if (refused > 0) throw new AppError('unavailable', `The queue refused ${refused} of ${batch.length} messages.`);
      }
    },
  };
}

/**
 * What is about one organization is of its group: where one has many messages waiting, SQS hands over those of others first.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
function groupOf(message: unknown): { MessageGroupId?: string } {
  const isOwned = typeof message === 'object' && message !== null && 'orgId' in message;
  return isOwned && typeof message.orgId === 'string' ? { MessageGroupId: message.orgId } : {};
}

// Imported at the first send: it is most of a webhook's code, and a forged request never needs it.
async function connect({ connectTimeoutMs = 1000, requestTimeoutMs = 3000, attempts = 2 }: SenderOptions) {
  const { SQSClient, SendMessageCommand, SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Without this the SDK only warns about a request that takes too long.
      throwOnRequestTimeout: true,
      httpsAgent: { keepAlive: true },
    },
  });
  return { client, SendMessageCommand, SendMessageBatchCommand };
}

async function taken<Answer>(request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (cause) {
    throw new AppError('unavailable', 'The queue did not take the message.', { cause });
  }
}

/** JSON in ASCII: one character is one byte, and SQS refuses nothing in it (it does refuse U+FFFE, for one). */
function serialize(message: unknown): string {
  const json = JSON.stringify(message);
  const body = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (body.length > maxBatchBytes) throw new AppError('payload_too_large', 'The message is larger than 1 MiB.');
  return body;
}

/** Splits bodies, in order, into batches that SQS takes. */
export function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const batch = batches.at(-1);
    if (batch && batch.length < maxBatchEntries && bytes + body.length <= maxBatchBytes) {
      batch.push(body);
      bytes += body.length;
    } else {
      batches.push([body]);
      bytes = body.length;
    }
  }
  return batches;
}
