import { systemClock } from '@tributary/core/clock';
import type { JointQuestion } from '@tributary/core/joint-question';
import type { Database } from '@tributary/db/connection';
import { acceptDeliveries, type Delivery } from '@tributary/inbox/accept';
import { type ApplyDependencies, applyEvents, type RetryCause } from '@tributary/inbox/apply';
import { noteSequences } from '@tributary/inbox/note-sequences';
import { pendingEvents } from '@tributary/inbox/pending';
import { redactRepeated } from '@tributary/inbox/redact-repeated';
import type { PendingEvent, ProviderAdapter } from '@tributary/inbox/registry';
import { type QueueRecord, type RecordOutcome, runBatch } from '@tributary/queue/batch';
import { type DeliveryMessage, type IngestMessage, ingestMessage } from '@tributary/queue/message';
import { askJointly } from '@tributary/sync/pull/ask-jointly';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { database } from '../runtime/database.ts';
import { errorFields, log } from '../runtime/log.ts';
import { providers } from '../runtime/providers.ts';
import { createApplyEventFacts } from '../runtime/registry.ts';
import { syncComposition } from '../runtime/sync.ts';

export interface IngestDependencies extends ApplyDependencies {
  system: Database;
  registry: Readonly<Record<string, ProviderAdapter & { joint?: JointQuestion }>>;
}

/** Queue `ingest`: stores and routes what webhooks brought in, and applies it, one transaction per organization. */
export function createIngest(dependencies: () => IngestDependencies) {
  return (event: SQSEvent): Promise<SQSBatchResponse> =>
    runBatch(event, ingestMessage, (records) => ingest(dependencies(), records));
}

async function ingest(dependencies: IngestDependencies, records: readonly QueueRecord<IngestMessage>[]) {
  const work = await collect(dependencies, records);
  const byOrganization = Map.groupBy([...work.values()].flat(), ({ orgId }) => orgId);
  const outcomes = await Promise.all([...byOrganization.values()].map((events) => apply(dependencies, unique(events))));
  const settled = new Map(outcomes.flatMap((outcome) => [...outcome]));
  return new Map(
    [...work].map(([id, events]): [string, RecordOutcome] => {
      return [id, events.every((event) => settled.get(event.id) === 'settled') ? 'done' : 'retry'];
    }),
  );
}

async function apply(dependencies: IngestDependencies, events: readonly PendingEvent[]) {
  const { registry, callOf } = dependencies;
  const joint = (provider: string) => registry[provider]?.joint;
  return applyEvents({ ...dependencies, callOf: await askJointly(events, { joint, callOf }) }, events);
}

/** The events each record stands for. */
async function collect(
  { system, worker, registry }: IngestDependencies,
  records: readonly QueueRecord<IngestMessage>[],
) {
  const work = new Map<string, PendingEvent[]>();
  const arrived = records.flatMap(({ id, message }) => (message.kind === 'delivery' ? [{ id, message }] : []));
  if (arrived.length > 0) {
    const deliveries = arrived.map(({ message }) => toDelivery(message));
    await noteSequences(system, registry, deliveries);
    const accepted = await acceptDeliveries(system, registry, deliveries);
    await redactRepeated({ system, worker }, accepted);
    for (const [index, { id }] of arrived.entries()) work.set(id, accepted[index]?.pending ?? []);
  }
  for (const { id, message } of records) {
    if (message.kind === 'apply') work.set(id, await pendingEvents(system, message.orgId, message.eventIds));
  }
  return work;
}

const toDelivery = ({ kind: _, v: __, sha256: ___, body, ...delivery }: DeliveryMessage): Delivery => ({
  ...delivery,
  body: Buffer.from(body, 'base64'),
});

const unique = (events: readonly PendingEvent[]) => [...new Map(events.map((event) => [event.id, event])).values()];

/** Ids and the class of the error: what it says may quote a payload. */
function logRetry({ error, eventIds, ...where }: RetryCause): void {
  log('WARN', 'events_retried', {
    ...where,
    events: eventIds.length,
    firstEventId: eventIds[0],
    ...errorFields(error),
  });
}

let connected: Omit<IngestDependencies, 'callOf'> | undefined;

export const handler = createIngest(() => {
  const [system, worker] = [database('system'), database('worker')];
  connected ??= {
    system,
    worker,
    registry: providers,
    applyFacts: createApplyEventFacts(systemClock),
    report: logRetry,
  };
  let calls: ReturnType<ReturnType<typeof syncComposition>['callsOfBatch']> | undefined;
  return {
    ...connected,
    callOf: (event) => {
      calls ??= syncComposition().callsOfBatch();
      return calls(event);
    },
  };
});
