import { resumableEvents } from '@tributary/inbox/pending';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';
import { toIngest } from '../runtime/senders.ts';

/** Sends what nobody is working on back to the ingest queue: parked events whose account connected, and events left behind. */
export async function handler(): Promise<{ events: number }> {
  const found = await resumableEvents(database('system'));
  await toIngest.sendAll(
    found.map(({ orgId, eventIds }) => ({ kind: 'apply', v: 1, orgId, eventIds: eventIds.slice(0, 500) })),
  );
  const events = found.reduce((sum, { eventIds }) => sum + eventIds.length, 0);
  log('INFO', 'resume', { organizations: found.length, events });
  return { events };
}
