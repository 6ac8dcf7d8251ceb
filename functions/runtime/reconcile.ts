import { AppError } from '@tributary/core/errors';
import { showId } from '@tributary/core/ids';
import type { Database } from '@tributary/db/connection';
import { withTenant } from '@tributary/db/transaction';
import { replayEvent } from '@tributary/inbox/replay-event';
import type { IngestMessage } from '@tributary/queue/message';
import type { CheckDependencies } from '@tributary/sync/reconcile/check-day';
import type { RequeueDependencies } from '@tributary/sync/reconcile/requeue-drifts';
import { checkComposition } from './checks.ts';
import { database } from './database.ts';
import { toIngest, toSync } from './senders.ts';
import { syncComposition } from './sync.ts';

export type ReconcileDependencies = CheckDependencies & RequeueDependencies;

export function reconcileComposition(): ReconcileDependencies {
  return {
    ...checkComposition(),
    applyFacts: syncComposition().runs.applyFacts,
    applyEvents: (orgId, eventIds) => applyEvents(database('api'), toIngest.sendAll, orgId, eventIds),
    run: ({ orgId, connectionId }) =>
      toSync.send({ kind: 'sync', v: 1, orgId, connectionId, trigger: 'reconciliation' }),
  };
}

const eventsPerMessage = 500;

/** Lets events wait that had been given up, and sends word of them and of those that wait. A parked one is left: it is nobody's. */
export async function applyEvents(
  api: Database,
  send: (messages: readonly IngestMessage[]) => Promise<void>,
  orgId: string,
  eventIds: readonly string[],
): Promise<readonly string[]> {
  const waiting: string[] = [];
  for (const id of new Set(eventIds)) {
    const isWaiting = await withTenant({ database: api, orgId }, (tx) =>
      replayEvent({ tx, actor: 'reconciliation' }, { eventId: showId('event', id) }),
    ).then(() => true, waitsAlready);
    if (isWaiting) waiting.push(id);
  }
  const messages: IngestMessage[] = [];
  for (let next = 0; next < waiting.length; next += eventsPerMessage)
    messages.push({ kind: 'apply', v: 1, orgId, eventIds: waiting.slice(next, next + eventsPerMessage) });
  await send(messages);
  return waiting;
}

/** An event that is not quarantined is pending, or done by now; one that is not found is parked. */
function waitsAlready(error: unknown): boolean {
  if (error instanceof AppError && error.code === 'conflict') return true;
  if (error instanceof AppError && error.code === 'not_found') return false;
  throw error;
}
