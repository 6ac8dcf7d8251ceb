import type { IngestMessage } from '@tributary/queue/message';
import { createSender, type Sender } from '@tributary/queue/sender';
import { queueUrl } from './config.ts';

let ingest: Sender<IngestMessage> | undefined;

/** Sends to the ingest queue; the client lives as long as the instance. Resolves once the queue has taken the message. */
export async function sendToIngest(message: IngestMessage): Promise<void> {
  ingest ??= createSender<IngestMessage>({ queueUrl: queueUrl('ingest') });
  await ingest.send(message);
}
