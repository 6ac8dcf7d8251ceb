import { eraseLate } from '@tributary/loyalty/customer/erase-late';
import { sweepErasures } from '@tributary/privacy/sweep-erasure';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';

const reserveMs = 15_000;

/** Goes on with erasures: through the raw bytes of their organizations. */
export async function handler(
  _event: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ erasures: number }> {
  const [worker, system] = [database('worker'), database('system')];
  const mayGoOn = () => getRemainingTimeInMillis() > reserveMs;
  const erasures = await sweepErasures({ worker, system, eraseLate, mayGoOn }, new Date());
  log('INFO', 'erasures_swept', { erasures });
  return { erasures };
}
