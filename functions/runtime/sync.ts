import { systemClock } from '@tributary/core/clock';
import type { RecordedCall } from '@tributary/core/provider-call';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import { createBudgets } from '@tributary/sync/budget/budgets';
import { createAccessTokens } from '@tributary/sync/credential/access-tokens';
import type { RevocationDependencies } from '@tributary/sync/credential/revoke-credential';
import type { RunDependencies } from '@tributary/sync/run/run-connection';
import { credentials } from './credentials.ts';
import { database } from './database.ts';
import { days } from './days.ts';
import { errorFields, log } from './log.ts';
import { networkApis, networkClients, networkLimits } from './networks.ts';
import { type CalledConnection, createProviderCalls } from './provider-calls.ts';
import { ofEach, providerAccess, providers } from './providers.ts';
import { createApplyFacts } from './registry.ts';

/** What asks providers, composed once per instance. */
export interface SyncComposition {
  credentials: RevocationDependencies;
  callOf: ReturnType<typeof createProviderCalls>;
  /** For one batch of events: what asks about each. */
  callsOfBatch(): (connection: CalledConnection) => RecordedCall;
  runs: Omit<RunDependencies, 'mayGoOn'>;
}

/** A page of Xero's invoices with many lines is several megabytes; one that is refused for its size would stay so. */
const largestPageBytes = 16 * 1024 * 1024;

let composed: SyncComposition | undefined;

export function syncComposition(): SyncComposition {
  composed ??= compose();
  return composed;
}

function compose(): SyncComposition {
  const clock = systemClock;
  const { guard, oauth } = providerAccess();
  const [worker, system] = [database('worker'), database('system')];
  const clients = { ...oauth, ...networkClients(createGuardedCall(guard)) };
  const renewal = { worker, system, envelope: credentials(), oauth: clients, clock, report: log };
  const tokens = createAccessTokens(renewal);
  const calling = {
    apis: { ...providers, ...networkApis() },
    budgets: createBudgets({ system, limits: { ...ofEach(({ limits }) => limits), ...networkLimits }, clock }),
    guardedCall: createGuardedCall({ ...guard, maxResponseBytes: largestPageBytes }),
    clock,
  };
  const callOf = createProviderCalls({ ...calling, tokens });
  const callsOfBatch = () => {
    const callInBatch = createProviderCalls({ ...calling, tokens: tokens.forBatch() });
    return (connection: CalledConnection) => callInBatch(connection, 'hint');
  };
  const applyFacts = createApplyFacts(clock);
  const runs = {
    worker,
    clock,
    sources: ofEach(({ source }) => source),
    callOf: (connection: CalledConnection) => callOf(connection, 'walk'),
    applyFacts: (tx, told) => applyFacts(tx, [told]),
    backfillMs: ofEach(({ backfillMs }) => backfillMs),
    days,
    report: ({ orgId, connectionId, runId, stream, window, objectRef, error }) =>
      log('WARN', 'sync_stream_failed', {
        orgId,
        connectionId,
        runId,
        resource: stream?.resource,
        from: window?.from,
        to: window?.to,
        objectRef,
        ...errorFields(error),
      }),
  } satisfies Omit<RunDependencies, 'mayGoOn'>;
  return { credentials: renewal, callOf, callsOfBatch, runs };
}
