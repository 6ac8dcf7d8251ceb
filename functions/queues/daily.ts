import { type Clock, systemClock } from '@tributary/core/clock';
import type { Database } from '@tributary/db/connection';
import { expireHeld, runDaily } from '@tributary/loyalty/daily/run-daily';
import { type RecordOutcome, runBatch } from '@tributary/queue/batch';
import { type DailyMessage, dailyMessage } from '@tributary/queue/message';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { errorFields, type LogFields, type LogLevel, log } from '../runtime/log.ts';

export interface DailyDependencies {
  worker: Database;
  clock: Clock;
  report(level: LogLevel, event: string, fields: LogFields): void;
}

/** Queue `daily`: does what falls due with a day, one organization after another. One that fails comes back alone. */
export function createDaily(dependencies: () => DailyDependencies) {
  return (event: SQSEvent): Promise<SQSBatchResponse> =>
    runBatch(event, dailyMessage, async (records) => {
      const outcomes = new Map<string, RecordOutcome>();
      for (const { id, message } of records) outcomes.set(id, await attempt(dependencies(), message));
      return outcomes;
    });
}

async function attempt({ worker, clock, report }: DailyDependencies, message: DailyMessage): Promise<RecordOutcome> {
  const { kind, orgId } = message;
  const context = { database: worker, orgId };
  try {
    if (message.kind === 'expire') await expireHeld(context, clock());
    else {
      const { day } = message;
      const counts = await runDaily(context, { day, now: clock() });
      if (counts) report('INFO', 'daily_finished', { orgId, day, ...counts });
    }
    return 'done';
  } catch (error) {
    report('WARN', 'daily_retried', { kind, orgId, ...errorFields(error) });
    return 'retry';
  }
}

export const handler = createDaily(() => ({ worker: database('worker'), clock: systemClock, report: log }));
