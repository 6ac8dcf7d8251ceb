import { hash } from 'node:crypto';
import { PermanentFailure } from '@tributary/core/errors';
import type { ProviderEvent } from '@tributary/core/provider-event';
import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { isRefusal } from './refusal.ts';
import type { PendingEvent, Registry } from './registry.ts';

/** One webhook request as it arrived and was verified. */
export interface Delivery {
  provider: string;
  /** A provider's check that we own the URL: kept for a person to read, never applied. */
  handshake: boolean;
  /** ISO 8601. */
  receivedAt: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  keyId: string | null;
  body: Uint8Array;
}

export interface Accepted {
  deliveryId: string;
  provider: string;
  /** The same bytes were here before. */
  duplicate: boolean;
  /** What of it still waits to be applied: nothing, for a duplicate whose first copy was. */
  pending: PendingEvent[];
  /** What it tells of accounts of which not all waits: parked, applied, or known by another delivery. */
  settled: readonly ToldEvent[];
}

type ToldEvent = Pick<ProviderEvent, 'accountRef' | 'key'>;

/**
 * Stores deliveries with their bytes and routes their events, in one statement for the whole batch. What cannot be understood is
 * stored as quarantined with the reason; a duplicate changes nothing.
 * @returns one result per delivery, in order.
 * @throws what the database throws when it is not reachable: then nothing was stored.
 */
export async function acceptDeliveries(system: Database, registry: Registry, deliveries: readonly Delivery[]) {
  const read = deliveries.map((delivery) => ({ delivery, ...readDelivery(registry, delivery) }));
  try {
    return await store(system, read);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return storeOneByOne(system, read);
  }
}

interface ReadDelivery {
  delivery: Delivery;
  events: readonly ProviderEvent[];
  status: 'routed' | 'quarantined' | 'handshake';
  reason: string | null;
}

function readDelivery(registry: Registry, delivery: Delivery): Omit<ReadDelivery, 'delivery'> {
  if (delivery.handshake) return { events: [], status: 'handshake', reason: null };
  try {
    const adapter = registry[delivery.provider];
    if (!adapter) throw new PermanentFailure('unknown_provider', 'no adapter for this provider');
    return { events: adapter.explode(delivery.body), status: 'routed', reason: null };
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    return { events: [], status: 'quarantined', reason: error.reason };
  }
}

/** The batch holds something the database refuses. Each alone; the one it refuses keeps its bytes and loses its events. */
async function storeOneByOne(system: Database, read: readonly ReadDelivery[]): Promise<Accepted[]> {
  const accepted: Accepted[] = [];
  for (const one of read) {
    const stored = await store(system, [one]).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      return store(system, [{ ...one, events: [], status: 'quarantined', reason: 'refused_by_database' }]);
    });
    accepted.push(...stored);
  }
  return accepted;
}

/** As the database reads it from JSON. */
export function toRecord({ accountRef, key, type, occurredAt, payload }: ProviderEvent) {
  return { account_ref: accountRef, key, type, occurred_at: occurredAt, payload };
}

interface AcceptedRow extends PendingEvent {
  ord: number;
  duplicate: boolean;
  deliveryId: string;
}

async function store(system: Database, read: readonly ReadDelivery[]): Promise<Accepted[]> {
  const column = <Value>(value: (one: ReadDelivery) => Value) => read.map(value);
  const events = read.flatMap(({ delivery, events }, index) =>
    events.map((event) => ({ delivery: index + 1, provider: delivery.provider, ...toRecord(event) })),
  );
  // Storing twice is storing once, so an unknown outcome may simply be tried again.
  const rows = await systemStatement<AcceptedRow>(
    system,
    `select ord, duplicate, delivery_id as "deliveryId", org_id as "orgId", id, provider, type, payload,
       occurred_at as "occurredAt", account_ref as "accountRef", connection_id as "connectionId"
     from inbox.accept($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      column(({ delivery }) => delivery.provider),
      column(({ delivery }) => hash('sha256', delivery.body, 'buffer')),
      column(({ delivery }) => delivery.receivedAt),
      column(({ delivery }) => delivery.url),
      column(({ delivery }) => JSON.stringify(delivery.headers)),
      column(({ delivery }) => delivery.keyId),
      column(({ delivery }) => Buffer.from(delivery.body).toString('base64')),
      column(({ status }) => status),
      column(({ reason }) => reason),
      JSON.stringify(events),
    ],
  );
  const accepted: Pick<Accepted, 'deliveryId' | 'duplicate' | 'pending'>[] = [];
  for (const { ord, duplicate, deliveryId, ...event } of rows) {
    // Postgres counts from 1.
    accepted[ord - 1] ??= { deliveryId, duplicate, pending: [] };
    if (event.id !== null) accepted[ord - 1]?.pending.push(event);
  }
  return read.map(({ delivery: { provider }, events }, index) => {
    const one = accepted[index];
    if (one === undefined) throw new Error('a delivery is answered for');
    return { ...one, provider, settled: settledOf(events, one.pending) };
  });
}

function settledOf(told: readonly ProviderEvent[], pending: readonly PendingEvent[]): ToldEvent[] {
  if (told.length === pending.length) return [];
  const waiting = Map.groupBy(pending, ({ accountRef }) => accountRef);
  return [...Map.groupBy(told, ({ accountRef }) => accountRef)].flatMap(([accountRef, events]) =>
    events.length === waiting.get(accountRef)?.length ? [] : events,
  );
}
