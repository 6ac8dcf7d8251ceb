import type { SyncMessage } from '@tributary/queue/message';
import { findDue } from '@tributary/sync/credential/find-due';
import { claimDue } from '@tributary/sync/run/claim-due';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';
import { ofEach } from '../runtime/providers.ts';
import { toSync } from '../runtime/senders.ts';

/** Of each kind, at a time: what is left over is found a minute later. */
const atMost = 500;

/** Sends word of connections that are due, and of credentials to renew or to end. Asks no provider. */
export async function handler(): Promise<{ runs: number; credentials: number }> {
  const now = new Date();
  const system = database('system');
  const credentials = await findDue(system, { now, renewal: ofEach(({ renewal }) => renewal), atMost });
  // Last, since what is claimed and not sent waits for its next time.
  const due = await claimDue(system, { now, intervals: ofEach(({ pullEveryMs }) => pullEveryMs), atMost });
  await toSync.sendAll([
    ...credentials.map((credential): SyncMessage => ({ v: 1, ...credential })),
    ...due.map((connection): SyncMessage => ({ kind: 'sync', v: 1, trigger: 'schedule', ...connection })),
  ]);
  const sent = { runs: due.length, credentials: credentials.length };
  log('INFO', 'sync_due', sent);
  return sent;
}
