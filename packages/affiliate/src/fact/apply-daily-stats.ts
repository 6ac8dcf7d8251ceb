import type { DailyStats } from '@tributary/core/daily-stats';
import type { TenantTransaction } from '@tributary/db/transaction';
import { Temporal } from 'temporal-polyfill';
import { type LockedAccount, lockAccount } from '../account/lock-account.ts';
import { markDays } from './mark-days.ts';
import { sumGrains } from './sum-grains.ts';
import { type ReadWindow, type Written, writeGrains } from './write-grains.ts';

/** All that was read of a window: rows that share a day and grain are added here, so none may be left for another call. */
export interface DailyBatch extends ReadWindow {
  rows: readonly DailyStats[];
}

/**
 * Brings the facts of a window to what its network says now. What is the same is not written; what vanished from a complete window
 * is set to zero; each value of a past day that is another now goes on record, once that day was read whole after its
 * end: what is still being counted is no restatement. Days that changed are marked for their roll-ups. Running it again changes nothing.
 * @throws AppError `validation_failed`, `currency_mismatch` for rows that cannot be of this account and window; `not_found`
 */
export async function applyDailyStats(
  tx: TenantTransaction,
  { rows, ...read }: DailyBatch,
): Promise<Omit<Written, 'days'>> {
  const account = await lockAccount(tx, read.connectionId);
  const grains = sumGrains(rows, read.window, account.currency);
  if (grains.length === 0 && !read.isComplete) return { written: 0, zeroed: 0, changes: 0 };
  const { days, ...counts } = await writeGrains(tx, account, read, grains);
  if (days.length > 0) await markDays(tx, days, read.now);
  if (account.derivedIn !== null && account.derivedIn !== account.baseCurrency) await forgetBase(tx, read.connectionId);
  if (read.isComplete) await seeEnded(tx, account, read);
  return counts;
}

/** Facts now stand in two base currencies. Should the former come back before they are derived, that must show. */
async function forgetBase(tx: TenantTransaction, connectionId: string): Promise<void> {
  const key = [tx.orgId, connectionId];
  await tx.query('update affiliate.accounts set base_currency = null where org_id = $1 and connection_id = $2', key);
}

/** Days of the window that have ended in the network's zone have now been read whole after that. */
async function seeEnded(
  tx: TenantTransaction,
  { timeZone }: LockedAccount,
  { connectionId, window, now }: ReadWindow,
): Promise<void> {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
  const [ended = ''] = [window.to, today.subtract({ days: 1 }).toString()].toSorted();
  if (ended < window.from) return;
  await tx.query(
    `update affiliate.accounts set seen_through = greatest(seen_through, $4), seen_days = seen_days + datemultirange(daterange($3, $4, '[]'))
     where org_id = $1 and connection_id = $2 and not seen_days @> daterange($3, $4::date, '[]')`,
    [tx.orgId, connectionId, window.from, ended],
  );
}
