import type { QueueName } from '@tributary/infra/specs';
import type { AuditMessage, DailyMessage, IngestMessage, SyncMessage } from '@tributary/queue/message';
import { createSender, type Sender } from '@tributary/queue/sender';
import { queueUrl } from './config.ts';

// One per queue and instance: its client is made at the first message, and keeps its connections for the next ones. Said to be pure, so
// that a bundle has only those that it sends to.
export const toIngest = /* @__PURE__ */ senderTo<IngestMessage>('ingest');
export const toSync = /* @__PURE__ */ senderTo<SyncMessage>('sync');
export const toDaily = /* @__PURE__ */ senderTo<DailyMessage>('daily');
export const toAudit = /* @__PURE__ */ senderTo<AuditMessage>('audit');

/** Asks for the queue's address at the first message only: a function is told of the queues it sends to, and of no others. */
function senderTo<Message>(queue: QueueName): Sender<Message> {
  let opened: Sender<Message> | undefined;
  const sender = () => (opened ??= createSender<Message>({ queueUrl: queueUrl(queue) }));
  return {
    send: async (message) => sender().send(message),
    sendAll: async (messages) => sender().sendAll(messages),
  };
}
