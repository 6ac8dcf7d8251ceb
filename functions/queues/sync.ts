import { type QueueRecord, type RecordOutcome, runBatch } from '@tributary/queue/batch';
import { type SyncMessage, syncMessage } from '@tributary/queue/message';
import { renewCredential } from '@tributary/sync/credential/renew-credential';
import { type RevocationDependencies, revokeCredential } from '@tributary/sync/credential/revoke-credential';
import type { CheckDependencies } from '@tributary/sync/reconcile/check-day';
import { checkDays } from '@tributary/sync/reconcile/check-days';
import { releaseWaiting } from '@tributary/sync/run/release-waiting';
import { type RunDependencies, runConnection } from '@tributary/sync/run/run-connection';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { checkComposition } from '../runtime/checks.ts';
import { errorFields, type LogFields, type LogLevel, log } from '../runtime/log.ts';
import { toSync } from '../runtime/senders.ts';
import { syncComposition } from '../runtime/sync.ts';

export interface SyncDependencies {
  runs: Omit<RunDependencies, 'mayGoOn'>;
  credentials: RevocationDependencies;
  checks: CheckDependencies;
  send(message: SyncMessage): Promise<void>;
  report(level: LogLevel, event: string, fields: LogFields): void;
}

/** What is left of the time when no further page is begun: an affiliate network may take a minute for one, and its commit takes seconds. */
const reserveMs = 75_000;

/** Queue `sync`: pulls from one connection, compares a day of one, or renews or ends one credential. One that fails comes back alone. */
export function createSync(dependencies: () => SyncDependencies) {
  return (
    event: SQSEvent,
    { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<SQSBatchResponse> =>
    runBatch(event, syncMessage, async (records) => {
      const outcomes = new Map<string, RecordOutcome>();
      const mayGoOn = () => getRemainingTimeInMillis() > reserveMs;
      for (const { id, message } of records) outcomes.set(id, await attempt(dependencies(), { id, message }, mayGoOn));
      return outcomes;
    });
}

type Asked = Pick<QueueRecord<SyncMessage>, 'id' | 'message'>;

async function attempt(dependencies: SyncDependencies, asked: Asked, mayGoOn: () => boolean): Promise<RecordOutcome> {
  try {
    await work(dependencies, asked, mayGoOn);
    return 'done';
  } catch (error) {
    const { kind, orgId } = asked.message;
    dependencies.report('WARN', 'sync_retried', { kind, orgId, ...errorFields(error) });
    return 'retry';
  }
}

async function work(dependencies: SyncDependencies, { id, message }: Asked, mayGoOn: () => boolean): Promise<void> {
  const { credentials, report } = dependencies;
  const { kind, orgId } = message;
  if (message.kind === 'reconcile') return compare(dependencies, message);
  if (message.kind === 'sync') return pull(dependencies, { id, message }, mayGoOn);
  const { credentialId } = message;
  const outcome =
    message.kind === 'renew'
      ? await renewCredential(credentials, { orgId, credentialId })
      : await revokeCredential(credentials, { orgId, credentialId });
  report('INFO', `credential_${kind}`, { orgId, credentialId, outcome });
}

type SyncRequest = Extract<SyncMessage, { kind: 'sync' }>;

/** Whatever came of a run, others of its organization may have waited for it. One that has to wait itself may be let in at once. */
async function pull(
  dependencies: SyncDependencies,
  { id, message }: { id: string; message: SyncRequest },
  mayGoOn: () => boolean,
): Promise<void> {
  const { runs, credentials, send, report } = dependencies;
  const { slot, ...again } = message;
  const { orgId, connectionId, trigger } = message;
  const due = slot === undefined ? {} : { slot: new Date(slot) };
  const outcome = await runConnection({ ...runs, mayGoOn }, { orgId, connectionId, trigger, ...due, requestId: id });
  report('INFO', 'sync_run', { orgId, connectionId, trigger, outcome });
  // The slot was served by this run: what is left of it is another's.
  if (outcome === 'out_of_time') await send(again);
  const released = await releaseWaiting(credentials.system, { now: runs.clock(), orgId });
  const own = released.find((run) => outcome === 'held' && run.connectionId === connectionId);
  for (const run of released) if (run !== own) await send({ v: 1, ...run });
  if (own !== undefined) await pull(dependencies, { id, message: { v: 1, ...own } }, mayGoOn);
}

/** An alarm listens for `drifts` (infra/alarms.ts). */
const loudness = { agrees: 'INFO', drifts: 'ERROR', failed: 'WARN' } as const;

/** A connection that was ended meanwhile is not compared; a provider that cannot be asked is asked again when the day is claimed again. */
async function compare(
  { checks, report }: SyncDependencies,
  { orgId, connectionId, day }: Extract<SyncMessage, { kind: 'reconcile' }>,
): Promise<void> {
  for (const checked of await checkDays(checks, { orgId, connectionId, from: day, to: day })) {
    const { status } = checked;
    const found = checked.status === 'failed' ? { reason: checked.reason } : checked.drifts;
    report(loudness[status], 'day_compared', { orgId, connectionId, day, status, ...found });
  }
}

export const handler = createSync(() => {
  const { runs, credentials } = syncComposition();
  return { runs, credentials, checks: checkComposition(), send: toSync.send, report: log };
});
