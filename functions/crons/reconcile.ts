import type { SyncMessage } from '@tributary/queue/message';
import { claimDays } from '@tributary/sync/reconcile/claim-days';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';
import { ofEach } from '../runtime/providers.ts';
import { toSync } from '../runtime/senders.ts';

/** At a time: they share a queue with connections that are due each minute, and a day can wait. */
const atMost = 100;

/** Sends word of days that are over and were not compared with the provider yet. Asks no provider. */
export async function handler(): Promise<{ days: number }> {
  const providers = Object.keys(ofEach(({ days }) => days));
  const { due, unknownZones } = await claimDays(database('system'), { now: new Date(), providers, atMost });
  await toSync.sendAll(due.map((day): SyncMessage => ({ kind: 'reconcile', v: 1, ...day })));
  const sent = { days: due.length };
  log(unknownZones.length > 0 ? 'WARN' : 'INFO', 'days_due', { ...sent, unknownZones: unknownZones.length });
  return sent;
}
