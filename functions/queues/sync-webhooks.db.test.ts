import { createHash, randomUUID } from 'node:crypto';
import { systemClock } from '@tributary/core/clock';
import { withTenant } from '@tributary/db/transaction';
import { reconcile } from '@tributary/ledger/reconcile';
import type { DeliveryMessage } from '@tributary/queue/message';
import { createRandom } from '@tributary/sandbox/kernel/random';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import type { SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApplyEventFacts } from '../runtime/registry.ts';
import { createIngest } from './ingest.ts';
import { type Office, openBooks, openOffice, type Shop } from './sync.fixture.ts';
import { type DeliveryFaults, type History, openHistory, type TillProvider } from './sync-history.fixture.ts';
import { adapters, type Books, booksOfFeed, readBooks } from './sync-ledger.fixture.ts';

const lossy: DeliveryFaults = { drop: 0.3, duplicate: 0.3, reorder: 0.3 };

/** A history told twice: to somebody who hears everything, and to the shop. */
interface Told {
  seed: number;
  provider: TillProvider;
  perfect: History;
  heard: History;
  office: Office;
  shop: Shop;
}

/** Of one history: which of its sales the shop has wrong, before it is polled and after. */
interface End {
  seed: number;
  sales: number;
  wrongUnpolled: number;
  wrong: number;
}

describe('webhooks that are dropped, repeated and reordered', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function open(provider: TillProvider, seed: number, orgId: string): Promise<Told> {
    const [perfect, heard] = [openHistory(provider, seed, {}), openHistory(provider, seed, lossy)];
    // Each history has a time of its own, and the budgets of an application are counted in one.
    const office = openOffice({ database, clock: heard.clock, pageSize: 10, limits: {} });
    return { seed, provider, perfect, heard, office, shop: await office.open(heard.account, orgId) };
  }

  /** Half of all histories, and what the webhooks say of it. */
  async function live(told: readonly Told[], isEnd: boolean): Promise<void> {
    for (const { seed, perfect, heard } of told) {
      const steps = 5 + createRandom(seed).below(4);
      for (const history of [perfect, heard]) {
        for (let step = 0; step < steps; step += 1) await history.step();
        if (isEnd) await history.settle();
        else await history.clock.advance(1000);
      }
    }
    await hear(told);
  }

  /** What the webhooks of all shops brought since, each shop's in their order, through the function that takes them. */
  async function hear(told: readonly Told[]): Promise<void> {
    const offices = new Map(told.map(({ shop, office }) => [shop.connectionId, office]));
    const handler = createIngest(() => ({
      system: database.system,
      worker: database.worker,
      registry: adapters,
      applyFacts: createApplyEventFacts(told[0]?.office.clock.now ?? systemClock),
      callOf: (event) => (offices.get(event.connectionId) as Office).calls(event, 'hint'),
      report: ({ error }) => {
        throw error;
      },
    }));
    const messages = told.flatMap(({ provider, heard: { deliveries } }) =>
      deliveries.splice(0).map((body) => toMessage(provider, body)),
    );
    expect(await handler(toEvent(messages))).toEqual({ batchItemFailures: [] });
  }

  async function poll(told: readonly Told[]): Promise<void> {
    for (const { office, shop } of told) expect(await office.run(shop)).toBe('success');
    // Clover counts time in milliseconds: what happens next happens later.
    for (const { perfect, heard } of told) await Promise.all([perfect.clock.advance(1000), heard.clock.advance(1000)]);
  }

  /** Some histories, told to shops of one organization. */
  async function endOf(provider: TillProvider, seeds: readonly number[]): Promise<End[]> {
    const orgId = await openBooks(database);
    const told: Told[] = [];
    for (const seed of seeds) told.push(await open(provider, seed, orgId));
    await live(told, false);
    await poll(told.filter(({ seed }) => seed % 4 === 0));
    await live(told, true);
    const look = () => withTenant({ database: database.worker, orgId }, readBooks);
    const unpolled = await look();
    await poll(told);
    const [perfect, polled] = [
      await booksOfFeed(
        database,
        told.map(({ perfect }) => perfect),
      ),
      await look(),
    ];
    expect([...polled.sales.keys()]).toEqual([...perfect.sales.keys()]);
    expect(polled.balances).toBe(perfect.balances);
    expect(await withTenant({ database: database.worker, orgId }, (tx) => reconcile(tx, new Date()))).toEqual([]);
    return told.map(({ seed, perfect: { saleIds } }) => {
      const wrongIn = ({ sales }: Books) => saleIds.filter((id) => sales.get(id) !== perfect.sales.get(id)).length;
      return { seed, sales: saleIds.length, wrongUnpolled: wrongIn(unpolled), wrong: wrongIn(polled) };
    });
  }

  it.each([
    ['square', 460],
    ['clover', 60],
  ] as const)(
    'end, once it was polled, in the ledger of a perfect feed: %s, %d histories',
    async (provider, count) => {
      const ends: End[] = [];
      for (let from = 1; from <= count; from += 20)
        ends.push(
          ...(await endOf(
            provider,
            Array.from({ length: 20 }, (_, index) => from + index),
          )),
        );
      expect(ends).toHaveLength(count);
      expect(ends.filter(({ wrong }) => wrong > 0)).toEqual([]);
      // What they left out is not little, or the comparison above would mean nothing.
      expect(ends.every(({ sales }) => sales > 0)).toBe(true);
      expect(ends.filter(({ wrongUnpolled }) => wrongUnpolled > 0).length).toBeGreaterThan(count / 2);
    },
    300_000,
  );
});

function toMessage(provider: TillProvider, body: Buffer): DeliveryMessage {
  return {
    kind: 'delivery',
    v: 1,
    provider,
    handshake: false,
    receivedAt: '2026-11-21T12:00:00.000Z',
    url: 'https://hooks.test',
    headers: {},
    keyId: '0',
    sha256: createHash('sha256').update(body).digest('hex'),
    body: body.toString('base64'),
  };
}

function toEvent(messages: readonly DeliveryMessage[]): SQSEvent {
  const Records = messages.map((message) => ({
    messageId: randomUUID(),
    body: JSON.stringify(message),
    attributes: { ApproximateReceiveCount: '1' },
  }));
  return { Records } as unknown as SQSEvent;
}
