import { findBegun } from '@tributary/affiliate/deal/find-begun';
import { recomputeDeals } from '@tributary/affiliate/deal/recompute-deals';
import { withTenant } from '@tributary/db/transaction';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { failureFields } from '../runtime/failure-fields.ts';
import { log } from '../runtime/log.ts';

const reserveMs = 15_000;

interface Begun {
  organizations: number;
  failed: number;
  months: number;
}

/** Begins the new month of deals, even where nothing happened in it yet. One organization that fails stops no other; who is left over is found the next time. */
export async function handler(
  _event: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Begun> {
  const now = new Date();
  const done: Begun = { organizations: 0, failed: 0, months: 0 };
  for (const orgId of await findBegun(database('system'), now)) {
    if (getRemainingTimeInMillis() <= reserveMs) break;
    try {
      const recompute = await withTenant({ database: database('worker'), orgId }, (tx) =>
        recomputeDeals(tx, { days: [], now }),
      );
      done.organizations += 1;
      done.months += recompute.written;
    } catch (error) {
      done.failed += 1;
      log('ERROR', 'deals_failed', { orgId, ...failureFields(error) });
    }
  }
  log('INFO', 'deals_begun', { ...done });
  return done;
}
