import type { SyncMessage } from '@tributary/queue/message';
import { createSender, type Sender } from '@tributary/queue/sender';
import { queueUrl } from './config.ts';

let sync: Sender<SyncMessage> | undefined;

/** Sends to the sync queue; the client lives as long as the instance. Resolves once the queue has taken every message. */
export async function sendToSync(messages: readonly SyncMessage[]): Promise<void> {
  sync ??= createSender<SyncMessage>({ queueUrl: queueUrl('sync') });
  await sync.sendAll(messages);
}
