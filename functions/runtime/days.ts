import { accountOf } from '@tributary/affiliate/account/account-of';
import { applyDailyStats } from '@tributary/affiliate/fact/apply-daily-stats';
import type { DayDependencies } from '@tributary/sync/window/walk-days';
import { dailySources } from './networks.ts';

/** What a sync of days writes into the affiliate domain; rows that are others now are news. */
export const days: DayDependencies = {
  sources: dailySources,
  accountOf,
  apply: async (tx, read) => {
    const { written, zeroed } = await applyDailyStats(tx, read);
    return written + zeroed;
  },
  backfillDays: {},
};
