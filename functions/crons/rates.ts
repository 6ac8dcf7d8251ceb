import { deriveBase } from '@tributary/affiliate/rate/derive-base';
import { findUnderived } from '@tributary/affiliate/rate/find-underived';
import { ageOfRates, refreshRates } from '@tributary/affiliate/rate/refresh-rates';
import { withTenant } from '@tributary/db/transaction';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { failureFields } from '../runtime/failure-fields.ts';
import { log } from '../runtime/log.ts';
import { publishedRates } from '../runtime/rates.ts';

const reserveMs = 15_000;

/** Accounts at a time: what is left over is found the next time. */
const atMost = 10_000;

type TimeLeft = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * Loads exchange rates, and brings amounts in base currency up to them and to the base currencies organizations have now. Rates that
 * cannot be had stop no derivation.
 */
export async function handler(_event: unknown, context: TimeLeft): Promise<{ loaded: number; rewritten: number }> {
  const loaded = await refresh();
  const { newest, isStale } = await ageOfRates(database('system'), new Date());
  if (isStale) log('ERROR', 'rates_stale', { newest });
  let rewritten = 0;
  for (const account of await findUnderived(database('system'), { atMost })) {
    if (context.getRemainingTimeInMillis() < reserveMs) break;
    rewritten += await derive(account, context);
  }
  log('INFO', 'rates_loaded', { loaded, newest, rewritten });
  return { loaded, rewritten };
}

async function refresh(): Promise<number> {
  try {
    return await refreshRates(database('system'), publishedRates, new Date());
  } catch (error) {
    log('WARN', 'rates_not_loaded', failureFields(error));
    return 0;
  }
}

/** All steps of an account there is time for. One that fails stops no other. */
async function derive(account: { orgId: string; connectionId: string }, context: TimeLeft): Promise<number> {
  const { orgId, connectionId } = account;
  let rewritten = 0;
  try {
    for (let isDone = false; !isDone && context.getRemainingTimeInMillis() > reserveMs; ) {
      const bound = { database: database('worker'), orgId };
      const step = await withTenant(bound, (tx) => deriveBase(tx, { connectionId, now: new Date() }));
      rewritten += step.rewritten;
      isDone = step.isDone;
    }
  } catch (error) {
    log('ERROR', 'base_not_derived', { orgId, connectionId, ...failureFields(error) });
  }
  return rewritten;
}
