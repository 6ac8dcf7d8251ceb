import type { Json } from '@tributary/core/canonical-json';
import type { DaySource } from '@tributary/core/day-source';
import { PermanentFailure } from '@tributary/core/errors';
import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import type { ProviderEvent } from '@tributary/core/provider-event';
import type { PullSource } from '@tributary/core/pull-source';
import type { Database } from '@tributary/db/connection';
import { systemStatement, type TenantTransaction } from '@tributary/db/transaction';
import type { Applied } from './read-timeline.ts';
import { readRecorded, type StoredAnswer } from './recorded-answers.ts';

/** What a provider's bytes are read by: the same as when they came. */
export interface Readers {
  /** By provider. */
  adapters: Readonly<
    Record<
      string,
      {
        explode(body: Uint8Array): ProviderEvent[];
        resolve(
          event: ProviderEvent & { orgId: string; id: string; provider: string; connectionId: string },
          call: ProviderCall,
        ): Promise<Fact[]>;
      }
    >
  >;
  sources: Readonly<Record<string, PullSource>>;
  days: Readonly<Record<string, DaySource>>;
}

export interface Told {
  /** Of the organization itself, not of its twin. */
  connectionId: string;
  facts: readonly Fact[];
}

interface StoredEvent {
  id: string;
  connectionId: string;
  deliveryId: string;
  provider: string;
  key: string;
  type: string;
  occurredAt: Date | null;
  payload: Json;
}

/** The facts that were applied, read from the bytes again. @throws PermanentFailure when the bytes do not tell them any more; ProviderError */
export async function readFacts(
  { adapters, sources, days }: Readers,
  { system, tx }: { system: Database; tx: TenantTransaction },
  applied: Applied,
): Promise<Told[]> {
  if (applied.kind === 'events') return readEvents(adapters, system, tx, applied.eventIds);
  const { connectionId } = applied;
  const provider = await providerOf(tx, connectionId);
  const answers = await tx.query<StoredAnswer>(
    'select request, body from sync.pulls where org_id = $1 and id = any ($2) order by id',
    [tx.orgId, applied.pullIds],
  );
  if (applied.kind === 'page') {
    const source = known(sources[provider], provider);
    const { facts } = await readRecorded(answers, (call) => source.page(call, applied, applied.position));
    return [{ connectionId, facts }];
  }
  const day = known(days[provider], provider);
  return [{ connectionId, facts: (await readRecorded(answers, (call) => day.read(call, applied))) ?? [] }];
}

async function readEvents(
  adapters: Readers['adapters'],
  system: Database,
  tx: TenantTransaction,
  eventIds: readonly string[],
): Promise<Told[]> {
  const events = await tx.query<StoredEvent>(
    `select id, connection_id as "connectionId", delivery_id as "deliveryId", provider, key, type, occurred_at as "occurredAt", payload
     from inbox.events where org_id = $1 and id = any ($2) order by id`,
    [tx.orgId, eventIds],
  );
  const answers = await tx.query<StoredAnswer & { eventId: string }>(
    'select event_id as "eventId", request, body from sync.pulls where org_id = $1 and event_id = any ($2) order by id',
    [tx.orgId, eventIds],
  );
  const deliveries = await systemStatement<{ id: string; body: Buffer; isRedacted: boolean }>(
    system,
    'select id, body, redacted_at is not null as "isRedacted" from inbox.deliveries where id = any ($1)',
    [events.map(({ deliveryId }) => deliveryId)],
  );
  const byId = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
  const told: Told[] = [];
  for (const { id, connectionId, deliveryId, provider, key, ...stored } of events) {
    const adapter = known(adapters[provider], provider);
    const delivery = byId.get(deliveryId);
    const read = adapter.explode(delivery?.body ?? Buffer.alloc(0)).find((one) => one.key === key);
    // A key may be a hash of what the bytes said before an erasure: what was read from them then is kept, redacted as they are.
    const said = read ?? (delivery?.isRedacted ? { ...stored, key, accountRef: '' } : undefined);
    if (said === undefined) throw new PermanentFailure('event_not_in_delivery', 'the bytes do not hold the event');
    const own = answers.filter(({ eventId }) => eventId === id);
    const event = { ...said, orgId: tx.orgId, id, provider, connectionId };
    told.push({ connectionId, facts: await readRecorded(own, (call) => adapter.resolve(event, call)) });
  }
  return told;
}

async function providerOf(tx: TenantTransaction, connectionId: string): Promise<string> {
  const [connection] = await tx.query<{ provider: string }>(
    'select provider from sync.connections where org_id = $1 and id = $2',
    [tx.orgId, connectionId],
  );
  return connection?.provider ?? '';
}

function known<Reader>(reader: Reader | undefined, provider: string): Reader {
  if (reader === undefined) throw new PermanentFailure('unknown_provider', `nothing reads ${provider}`);
  return reader;
}
