import { forgetPayees } from '@tributary/affiliate/sub-affiliate/forget-payees';
import { eraseLate } from '@tributary/loyalty/customer/erase-late';
import { keptSales } from '@tributary/loyalty/customer/erase-sales';
import { type FailedErasure, sweepErasures } from '@tributary/privacy/sweep-erasure';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { failureFields } from '../runtime/failure-fields.ts';
import { log } from '../runtime/log.ts';

const reserveMs = 15_000;

/** Goes on with erasures: through the raw bytes of their organizations, and through invoices that are no longer kept. */
export async function handler(
  _event: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ erasures: number; payees: number }> {
  const [worker, system] = [database('worker'), database('system')];
  const mayGoOn = () => getRemainingTimeInMillis() > reserveMs;
  const now = new Date();
  // First: it is little, and the raw bytes may take all the time there is.
  const payees = await forgetPayees({
    ...{ worker, system, now, mayGoOn },
    report: ({ orgId, error }) => report({ orgId, customerId: null, step: 'payees', error }),
  });
  const dependencies = { worker, system, eraseLate, facts: keptSales, mayGoOn, report };
  const erasures = await sweepErasures(dependencies, now);
  log('INFO', 'erasures_swept', { erasures, payees });
  return { erasures, payees };
}

type Failed = Pick<FailedErasure, 'orgId' | 'error'> & { customerId: string | null; step: string | null };

/** Somebody has asked for it by law, and it will not end by itself: a person has to look. */
function report({ orgId, customerId, step, error }: Failed): void {
  log('ERROR', 'erasure_failed', { orgId, customerId, step, ...failureFields(error) });
}
