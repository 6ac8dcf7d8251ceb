import { sweepExpired } from '@tributary/identity/auth/sweep-expired';
import { findDueDays, findExpiredHolds } from '@tributary/loyalty/daily/find-due';
import type { DailyMessage } from '@tributary/queue/message';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';
import { toDaily } from '../runtime/senders.ts';

/** Sends word of organizations where a day began, and of those that hold something whose time has passed. Then sweeps away what people had that ended. */
export async function handler(): Promise<{ days: number; holds: number }> {
  const now = new Date();
  const { due, unknownZones } = await findDueDays(database('system'), now);
  const holding = await findExpiredHolds(database('system'), now);
  await toDaily.sendAll([
    ...holding.map((orgId): DailyMessage => ({ kind: 'expire', v: 1, orgId })),
    ...due.map(({ orgId, day }): DailyMessage => ({ kind: 'daily', v: 1, orgId, day })),
  ]);
  const sent = { days: due.length, holds: holding.length };
  log(unknownZones.length > 0 ? 'WARN' : 'INFO', 'daily_due', { ...sent, unknownZones: unknownZones.length });
  log('INFO', 'expired_swept', await sweepExpired(database('identity'), now));
  return sent;
}
