import { verifyChains } from '@tributary/audit/chain/verify-chains';
import type { Database } from '@tributary/db/connection';
import { type RecordOutcome, runBatch } from '@tributary/queue/batch';
import { type AuditMessage, auditMessage } from '@tributary/queue/message';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { reportVerified } from '../runtime/audit.ts';
import { database } from '../runtime/database.ts';
import { errorFields, type LogFields, type LogLevel, log } from '../runtime/log.ts';
import { toAudit } from '../runtime/senders.ts';

export interface AuditDependencies {
  worker: Database;
  system: Database;
  send(message: AuditMessage): Promise<void>;
  report(level: LogLevel, event: string, fields: LogFields): void;
}

/** What the last organization of a turn has at least: one that began late and was cut off would be begun as late again. */
const reserveMs = 240_000;

/**
 * Queue `audit`: verifies the chains of all organizations, one after the other; out of time, it sends itself word of where to go on. What
 * could not be read comes back.
 */
export function createAudit(dependencies: () => AuditDependencies) {
  return (
    event: SQSEvent,
    { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<SQSBatchResponse> =>
    runBatch(event, auditMessage, async (records) => {
      const outcomes = new Map<string, RecordOutcome>();
      const mayGoOn = () => getRemainingTimeInMillis() > reserveMs;
      for (const { id, message } of records) outcomes.set(id, await attempt(dependencies(), message, mayGoOn));
      return outcomes;
    });
}

async function attempt(
  { worker, system, send, report }: AuditDependencies,
  { after }: AuditMessage,
  mayGoOn: () => boolean,
): Promise<RecordOutcome> {
  try {
    const verified = await verifyChains({ worker, system, mayGoOn }, { anchors: [], after });
    reportVerified(report, verified);
    if (verified.next !== null) await send({ kind: 'verify', v: 1, after: verified.next });
    return 'done';
  } catch (error) {
    report('WARN', 'audit_retried', { after, ...errorFields(error) });
    return 'retry';
  }
}

export const handler = createAudit(() => ({
  worker: database('worker'),
  system: database('system'),
  send: toAudit.send,
  report: log,
}));
