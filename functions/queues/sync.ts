import { type RecordOutcome, runBatch } from '@tributary/queue/batch';
import { type SyncMessage, syncMessage } from '@tributary/queue/message';
import { createSender } from '@tributary/queue/sender';
import { renewCredential } from '@tributary/sync/credential/renew-credential';
import { type RevocationDependencies, revokeCredential } from '@tributary/sync/credential/revoke-credential';
import { type RunDependencies, runConnection } from '@tributary/sync/run/run-connection';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { queueUrl } from '../runtime/config.ts';
import { errorFields, type LogFields, type LogLevel, log } from '../runtime/log.ts';
import { syncComposition } from '../runtime/sync.ts';

export interface SyncDependencies {
  runs: Omit<RunDependencies, 'mayGoOn'>;
  credentials: RevocationDependencies;
  send(message: SyncMessage): Promise<void>;
  report(level: LogLevel, event: string, fields: LogFields): void;
}

/** What is left of the time when no further page is begun: one page and its commit take seconds. */
const reserveMs = 30_000;

/** Queue `sync`: pulls from one connection, or renews or ends one credential. One that fails comes back alone. */
export function createSync(dependencies: () => SyncDependencies) {
  return (
    event: SQSEvent,
    { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<SQSBatchResponse> =>
    runBatch(event, syncMessage, async (records) => {
      const outcomes = new Map<string, RecordOutcome>();
      const mayGoOn = () => getRemainingTimeInMillis() > reserveMs;
      for (const { id, message } of records) outcomes.set(id, await attempt(dependencies(), message, mayGoOn));
      return outcomes;
    });
}

async function attempt(
  dependencies: SyncDependencies,
  message: SyncMessage,
  mayGoOn: () => boolean,
): Promise<RecordOutcome> {
  const { runs, credentials, send, report } = dependencies;
  const { kind, orgId } = message;
  try {
    if (message.kind === 'sync') {
      const { connectionId, trigger } = message;
      const outcome = await runConnection({ ...runs, mayGoOn }, { orgId, connectionId, trigger });
      report('INFO', 'sync_run', { orgId, connectionId, trigger, outcome });
      if (outcome === 'out_of_time') await send(message);
      return 'done';
    }
    const { credentialId } = message;
    const outcome =
      message.kind === 'renew'
        ? await renewCredential(credentials, { orgId, credentialId })
        : await revokeCredential(credentials, { orgId, credentialId });
    report('INFO', `credential_${kind}`, { orgId, credentialId, outcome });
    return 'done';
  } catch (error) {
    report('WARN', 'sync_retried', { kind, orgId, ...errorFields(error) });
    return 'retry';
  }
}

export const handler = createSync(() => {
  const { runs, credentials } = syncComposition();
  const sender = createSender<SyncMessage>({ queueUrl: queueUrl('sync') });
  return { runs, credentials, send: (message) => sender.sendAll([message]), report: log };
});
