import { resumableEvents } from '@tributary/inbox/pending';
import type { IngestMessage } from '@tributary/queue/message';
import { createSender } from '@tributary/queue/sender';
import { queueUrl } from '../runtime/config.ts';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';

/** Sends what nobody is working on back to the ingest queue: parked events whose account connected, and events left behind. */
export async function handler(): Promise<{ events: number }> {
  const found = await resumableEvents(database('system'));
  const sender = createSender<IngestMessage>({ queueUrl: queueUrl('ingest') });
  await sender.sendAll(
    found.map(({ orgId, eventIds }) => ({ kind: 'apply', v: 1, orgId, eventIds: eventIds.slice(0, 500) })),
  );
  const events = found.reduce((sum, { eventIds }) => sum + eventIds.length, 0);
  log('INFO', 'resume', { organizations: found.length, events });
  return { events };
}
