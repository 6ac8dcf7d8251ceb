import { systemClock } from '@tributary/core/clock';
import type { SyncMessage } from '@tributary/queue/message';
import { findDue } from '@tributary/sync/credential/find-due';
import { fanOut } from '@tributary/sync/run/fan-out';
import { reapRuns } from '@tributary/sync/run/reap-runs';
import { releaseWaiting } from '@tributary/sync/run/release-waiting';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';
import { ofEachNetwork } from '../runtime/networks.ts';
import { ofEach } from '../runtime/providers.ts';
import { toSync } from '../runtime/senders.ts';

/** Each time reads five weeks, since networks change days afterwards; they count the current one by the hour, or slower. */
const networkEveryMs = 3 * 60 * 60_000;

/** Credentials at a time, and runs that were left behind: what is over is found a minute later. */
const atMost = 500;

/** What is left of the time when no further connections are claimed: those that are claimed are sent in it. */
const reserveMs = 25_000;

/**
 * Sends word of connections that are due, of runs that waited for a share of the workers, and of credentials to renew or to end; ends runs
 * that were left behind. Asks no provider.
 */
export async function handler(
  _: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ runs: number; released: number; credentials: number; leftBehind: number }> {
  const system = database('system');
  const now = systemClock();
  const leftBehind = await reapRuns(system, { now, atMost });
  for (const run of leftBehind) log('WARN', 'run_left_behind', { ...run });
  const credentials = await findDue(system, { now, renewal: ofEach(({ renewal }) => renewal), atMost });
  await toSync.sendAll(credentials.map((credential): SyncMessage => ({ v: 1, ...credential })));
  // A run that ends lets the next one in: this is for those whose worker died before it did, and for shares that have become larger.
  const released = await releaseWaiting(system, { now });
  await toSync.sendAll(released.map((run): SyncMessage => ({ v: 1, ...run })));
  const runs = await fanOut({
    system,
    clock: systemClock,
    intervals: { ...ofEach(({ pullEveryMs }) => pullEveryMs), ...ofEachNetwork(() => networkEveryMs) },
    mayGoOn: () => getRemainingTimeInMillis() > reserveMs,
    send: (due) =>
      toSync.sendAll(
        due.map(({ slot, ...connection }): SyncMessage => {
          return { kind: 'sync', v: 1, trigger: 'schedule', ...connection, slot: slot.toISOString() };
        }),
      ),
  });
  const sent = { runs, released: released.length, credentials: credentials.length, leftBehind: leftBehind.length };
  log('INFO', 'sync_due', sent);
  return sent;
}
