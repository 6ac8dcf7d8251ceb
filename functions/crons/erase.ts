import { eraseLate } from '@tributary/loyalty/customer/erase-late';
import { keptSales } from '@tributary/loyalty/customer/erase-sales';
import { type FailedErasure, sweepErasures } from '@tributary/privacy/sweep-erasure';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { failureFields } from '../runtime/failure-fields.ts';
import { log } from '../runtime/log.ts';

const reserveMs = 15_000;

/** Goes on with erasures: through the raw bytes of their organizations. */
export async function handler(
  _event: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ erasures: number }> {
  const [worker, system] = [database('worker'), database('system')];
  const mayGoOn = () => getRemainingTimeInMillis() > reserveMs;
  const dependencies = { worker, system, eraseLate, facts: keptSales, mayGoOn, report };
  const erasures = await sweepErasures(dependencies, new Date());
  log('INFO', 'erasures_swept', { erasures });
  return { erasures };
}

/** Somebody has asked for it by law, and it will not end by itself: a person has to look. */
function report({ orgId, customerId, step, error }: FailedErasure): void {
  log('ERROR', 'erasure_failed', { orgId, customerId, step, ...failureFields(error) });
}
