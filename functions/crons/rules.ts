import { evaluateAll } from '@tributary/affiliate/rule/evaluate-all';
import type { Context } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { failureFields } from '../runtime/failure-fields.ts';
import { log } from '../runtime/log.ts';

const reserveMs = 15_000;

/** Evaluates rules for what happens without a fact: a sync that fails, a day that brings nothing. Facts are looked at when they come (`roll-up.ts`). */
export async function handler(
  _event: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ organizations: number; raised: number; failed: number }> {
  const done = await evaluateAll({
    worker: database('worker'),
    system: database('system'),
    now: new Date(),
    mayGoOn: () => getRemainingTimeInMillis() > reserveMs,
    report: ({ orgId, error }) => log('ERROR', 'rules_failed', { orgId, ...failureFields(error) }),
  });
  log('INFO', 'rules_evaluated', { ...done });
  return done;
}
