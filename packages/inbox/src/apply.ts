import { AppError, PermanentFailure } from '@tributary/core/errors';
import type { Fact } from '@tributary/core/facts';
import type { Pull, RecordedCall } from '@tributary/core/provider-call';
import type { Database } from '@tributary/db/connection';
import { sqlState } from '@tributary/db/sqlstate';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { knownColumns, noteKnown } from '@tributary/privacy/erased';
import { redactEvents } from './redact-events.ts';
import type { ApplyFacts, PendingEvent, Registry } from './registry.ts';

export interface ApplyDependencies {
  worker: Database;
  registry: Registry;
  applyFacts: ApplyFacts;
  /** Asks the provider of an event's connection. */
  callOf(event: PendingEvent): RecordedCall;
  /** Hears why events are tried again: otherwise they would reach the dead-letter queue without a word. */
  report: (failure: RetryCause) => void;
}

export interface RetryCause {
  step: 'resolve' | 'apply';
  orgId: string;
  eventIds: readonly string[];
  error: unknown;
}

/** `settled`: applied, ignored, quarantined, or done by somebody else. `retry`: it may succeed later. */
export type EventOutcome = 'settled' | 'retry';

interface Facts {
  kind: 'facts';
  facts: readonly Fact[];
  pulls: readonly Pull[];
  bytes: number;
}

type Resolution = Facts | { kind: 'quarantine'; reason: string } | { kind: 'retry' };

const saysSomething = (resolution: Resolution): resolution is Facts =>
  resolution.kind === 'facts' && resolution.facts.length > 0;

interface Resolved {
  event: PendingEvent;
  resolution: Resolution;
}

/**
 * Applies events of one organization in one transaction: their facts, everything that follows from them, and the mark that they
 * are done. If the set fails, each is tried alone, so that one bad event stops no other.
 * @returns the outcome of each event by id.
 */
export async function applyEvents(dependencies: ApplyDependencies, events: readonly PendingEvent[]) {
  const outcomes = new Map<string, EventOutcome>();
  const resolved = await resolveEvents(dependencies, events);
  for (const { event } of resolved.filter(({ resolution }) => resolution.kind === 'retry'))
    outcomes.set(event.id, 'retry');
  const ready = resolved.filter(({ resolution }) => resolution.kind !== 'retry');
  if (ready.length === 0) return outcomes;
  const settled = await settle(dependencies, ready);
  if (typeof settled === 'string') {
    for (const { event } of ready) outcomes.set(event.id, settled);
  } else {
    for (const one of ready) outcomes.set(one.event.id, await settleAlone(dependencies, one));
  }
  return outcomes;
}

/** How many events may ask their provider at once: Clover grants an application ten calls at a time, over all who ask (topology.ts). */
const concurrentResolutions = 3;

async function resolveEvents(dependencies: ApplyDependencies, events: readonly PendingEvent[]): Promise<Resolved[]> {
  const resolved: Resolved[] = [];
  for (let next = 0; next < events.length; next += concurrentResolutions) {
    const some = events.slice(next, next + concurrentResolutions);
    resolved.push(...(await Promise.all(some.map((event) => resolveEvent(dependencies, event)))));
  }
  return resolved;
}

async function resolveEvent({ registry, report, callOf }: ApplyDependencies, event: PendingEvent): Promise<Resolved> {
  try {
    const adapter = registry[event.provider];
    if (adapter === undefined) return { event, resolution: { kind: 'quarantine', reason: 'unknown_provider' } };
    const { call, take } = callOf(event);
    const facts = await adapter.resolve(event, call);
    return { event, resolution: { kind: 'facts', facts, ...take() } };
  } catch (error) {
    if (error instanceof PermanentFailure) return { event, resolution: { kind: 'quarantine', reason: error.reason } };
    report({ step: 'resolve', orgId: event.orgId, eventIds: [event.id], error });
    return { event, resolution: { kind: 'retry' } };
  }
}

async function settleAlone(dependencies: ApplyDependencies, one: Resolved): Promise<EventOutcome> {
  const settled = await settle(dependencies, [one]);
  if (typeof settled === 'string') return settled;
  const marked = await settle(dependencies, [
    { event: one.event, resolution: { kind: 'quarantine', reason: settled.refused } },
  ]);
  return typeof marked === 'string' ? marked : 'retry';
}

/** `refused`: something in these events can never be applied; `retry`: the database or an unknown fault stood in the way. */
async function settle(
  { worker, applyFacts, report }: ApplyDependencies,
  resolved: readonly Resolved[],
): Promise<EventOutcome | { refused: string }> {
  const [first] = resolved;
  if (!first) return 'settled';
  try {
    await withTenant({ database: worker, orgId: first.event.orgId }, async (tx) => {
      const mine = await lockPending(tx, resolved);
      const told = mine.flatMap(({ event, resolution }) =>
        saysSomething(resolution)
          ? [{ event, facts: resolution.facts, pulls: resolution.pulls, bytes: resolution.bytes }]
          : [],
      );
      if (told.length > 0) await applyFacts(tx, told);
      await mark(tx, mine);
    });
    return 'settled';
  } catch (error) {
    const reason = refusalOf(error);
    if (reason !== undefined) return { refused: reason };
    report({ step: 'apply', orgId: first.event.orgId, eventIds: resolved.map(({ event }) => event.id), error });
    return 'retry';
  }
}

/** What trying again cannot change: our own refusals, values out of range, and violated constraints. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof AppError) return error.status >= 500 ? undefined : error.code;
  if (error instanceof PermanentFailure) return error.reason;
  const state = sqlState(error);
  return state !== undefined && /^(22|23)/.test(state) ? `database_${state}` : undefined;
}

/** Of these, the ones nobody has settled meanwhile, held until the transaction ends. */
async function lockPending(tx: TenantTransaction, resolved: readonly Resolved[]): Promise<Resolved[]> {
  const rows = await tx.query<{ id: string; deliveryId: string; hasErased: boolean; country: string }>(
    `select id, delivery_id as "deliveryId", ${knownColumns('$1')} from inbox.events
     where org_id = $1 and id = any ($2) and status = 'pending' order by id for update`,
    [tx.orgId, resolved.map(({ event }) => event.id)],
  );
  if (rows[0]) noteKnown(tx, rows[0]);
  if (rows[0]?.hasErased) await redactEvents(tx, deliveredBy(rows, resolved));
  const pending = new Set(rows.map(({ id }) => id));
  return resolved.filter(({ event }) => pending.has(event.id));
}

function deliveredBy(rows: readonly { id: string; deliveryId: string }[], resolved: readonly Resolved[]) {
  const deliveries = new Map(rows.map(({ id, deliveryId }) => [id, deliveryId]));
  return resolved.flatMap(({ event }) => {
    const deliveryId = deliveries.get(event.id);
    return deliveryId === undefined ? [] : [{ ...event, deliveryId }];
  });
}

async function mark(tx: TenantTransaction, resolved: readonly Resolved[]): Promise<void> {
  if (resolved.length === 0) return;
  const status = ({ resolution }: Resolved) => {
    if (resolution.kind === 'quarantine') return 'quarantined';
    return saysSomething(resolution) ? 'applied' : 'ignored';
  };
  await tx.query(
    `update inbox.events e set status = m.status, reason = m.reason, processed_at = now()
     from unnest($2::uuid[], $3::text[], $4::text[]) as m (id, status, reason)
     where e.org_id = $1 and e.id = m.id`,
    [
      tx.orgId,
      resolved.map(({ event }) => event.id),
      resolved.map(status),
      resolved.map(({ resolution }) => (resolution.kind === 'quarantine' ? resolution.reason : null)),
    ],
  );
}
