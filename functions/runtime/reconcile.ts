import { systemClock } from '@tributary/core/clock';
import { AppError } from '@tributary/core/errors';
import { showId } from '@tributary/core/ids';
import type { Database } from '@tributary/db/connection';
import { withTenant } from '@tributary/db/transaction';
import { replayEvent } from '@tributary/inbox/replay-event';
import { waitingFor } from '@tributary/inbox/waiting-for';
import { readHeldSales } from '@tributary/loyalty/reconcile/read-held-sales';
import type { IngestMessage } from '@tributary/queue/message';
import type { CheckDependencies } from '@tributary/sync/reconcile/check-day';
import type { ReadHeld } from '@tributary/sync/reconcile/compared';
import { readHeldObjects } from '@tributary/sync/reconcile/read-held-objects';
import type { RequeueDependencies } from '@tributary/sync/reconcile/requeue-drifts';
import { database } from './database.ts';
import { sendToIngest } from './ingest-queue.ts';
import { ofEach } from './providers.ts';
import { syncComposition } from './sync.ts';
import { sendToSync } from './sync-queue.ts';

/** Whose a provider's objects are here: what a domain keeps is compared with what the domain has. */
export const heldOf: Readonly<Record<string, ReadHeld>> = {
  square: readHeldSales,
  clover: readHeldSales,
  xero: readHeldObjects,
};

export type ReconcileDependencies = CheckDependencies & RequeueDependencies;

export function reconcileComposition(): ReconcileDependencies {
  const { callOf, runs } = syncComposition();
  const [api, worker, system] = [database('api'), database('worker'), database('system')];
  return {
    worker,
    clock: systemClock,
    days: ofEach(({ days }) => days),
    held: heldOf,
    callOf: (connection) => callOf(connection, 'walk'),
    waitingFor: (connection, externalIds) => waitingFor(system, connection, externalIds),
    applyFacts: runs.applyFacts,
    applyEvents: (orgId, eventIds) => applyEvents(api, sendAll, orgId, eventIds),
    run: ({ orgId, connectionId }) =>
      sendToSync([{ kind: 'sync', v: 1, orgId, connectionId, trigger: 'reconciliation' }]),
  };
}

type SendToIngest = (messages: readonly IngestMessage[]) => Promise<void>;

const sendAll: SendToIngest = async (messages) => {
  for (const message of messages) await sendToIngest(message);
};

const eventsPerMessage = 500;

/** Lets events wait that had been given up, and sends word of them and of those that wait. A parked one is left: it is nobody's. */
export async function applyEvents(
  api: Database,
  send: SendToIngest,
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
