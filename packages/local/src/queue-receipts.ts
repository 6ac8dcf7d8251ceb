import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS takes and gives ten messages per request. */
const perRequest = 10;

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / perRequest) }, (_, index) =>
    items.slice(index * perRequest, (index + 1) * perRequest),
  );
}

/** Up to `max` (at most ten) messages with all their attributes; waits up to `waitSeconds` for the first. */
export async function receive(
  client: SQSClient,
  queueUrl: string,
  max: number,
  waitSeconds: number,
): Promise<Message[]> {
  const received = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(max, perRequest),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return received.Messages ?? [];
}

/** Deletes what is done. */
export async function deleteAll(client: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<void> {
  const deleting = chunks(messages).map((chunk) => {
    const Entries = chunk.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    return client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
  await Promise.all(deleting);
}

/** Makes messages visible again after so many seconds instead of the queue's own timeout. */
export async function returnAll(
  client: SQSClient,
  queueUrl: string,
  messages: readonly Message[],
  afterSeconds: number,
): Promise<void> {
  for (const chunk of chunks(messages)) {
    const Entries = chunk.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: afterSeconds,
    }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}
