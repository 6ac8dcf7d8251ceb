import { recomputeDeals } from '@tributary/affiliate/deal/recompute-deals';
import { type RolledUp, rollUp } from '@tributary/affiliate/rollup/roll-up';
import { evaluateRules } from '@tributary/affiliate/rule/evaluate-rules';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { failureFields } from '../runtime/failure-fields.ts';
import { log } from '../runtime/log.ts';

const reserveMs = 15_000;

/** Computes roll-ups of days whose facts changed, what their deals earned and what rules find in them, for as long as there is time: what is left over is found the next time. */
export async function handler(
  _event: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<RolledUp> {
  const done = await rollUp({
    worker: database('worker'),
    system: database('system'),
    mayGoOn: () => getRemainingTimeInMillis() > reserveMs,
    follow: async (tx, days) => {
      const now = new Date();
      await recomputeDeals(tx, { days, now });
      await evaluateRules(tx, { now, days });
    },
    report: ({ orgId, error }) => log('ERROR', 'roll_up_failed', { orgId, ...failureFields(error) }),
  });
  log('INFO', 'rolled_up', { ...done });
  return done;
}
