import { attention } from '@tributary/inbox/attention';
import { database } from '../runtime/database.ts';

/** What in the inbox waits for a person: handshake codes to paste, deliveries nobody could read, events nobody owns. */
export function handler() {
  return attention(database('system'));
}
