import { randomUUID } from 'node:crypto';
import { systemClock } from '@tributary/core/clock';
import { explode as explodeSquare } from '@tributary/providers/square/explode';
import { factsOf } from '@tributary/providers/square/facts';
import type { IngestMessage } from '@tributary/queue/message';
import { squarePaymentEvent } from '@tributary/sandbox/square/webhook';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createIngest } from '../../queues/ingest.ts';
import { createApplyEventFacts } from '../../runtime/registry.ts';
import { asText, key, notificationUrl, record, request, signed } from '../../runtime/webhook.fixture.ts';
import { createSquareWebhook } from '../../webhooks/square.ts';
import { type Api, startApi } from '../test/api.ts';
import { minute } from '../test/merchant.ts';
import {
  type Ask,
  bodyOf,
  type DoorName,
  everyRoute,
  openDoors,
  pathOf,
  pathWith,
  sending,
  sendingTo,
} from './doors.fixture.ts';
import { objectsIn, type Path } from './json-places.fixture.ts';
import { createParty, type Party } from './party.fixture.ts';

/** Members, as JSON, that reach for the prototype of every object when they are merged into one. */
const poisons: readonly string[] = [
  '"__proto__":{"polluted":"yes"}',
  '"constructor":{"prototype":{"polluted":"yes"}}',
  '"__proto__.polluted":"yes"',
  '"toString":"yes"',
];
const poisonedQueries = [
  '__proto__=yes',
  '__proto__[polluted]=yes',
  'constructor.prototype.polluted=yes',
  'toString=yes',
];

let api: Api;
let doors: Record<DoorName, Ask>;
let party: Party;
let tried = 0;
const prototypes = [Object.prototype, Array.prototype, String.prototype, Function.prototype];
const clean = prototypes.map(Reflect.ownKeys);
beforeAll(async () => {
  api = await startApi();
  doors = openDoors(api);
  party = await createParty(api, doors);
});
afterAll(() => {
  console.info(`prototype pollution: ${tried} bodies, queries, paths and provider events; 0 objects polluted`);
});

function expectClean() {
  tried += 1;
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(prototypes.map(Reflect.ownKeys)).toEqual(clean);
}

/** The value's JSON with a member more in the object at that place. */
function poisoned(value: unknown, place: Path, poison: string): string {
  const mark = `mark-${randomUUID()}`;
  const marked = structuredClone(value);
  const target = place.reduce((inner: unknown, name) => (inner as Record<string | number, unknown>)[name], marked);
  (target as Record<string, unknown>)[mark] = 0;
  return JSON.stringify(marked).replace(`"${mark}":0`, () => poison);
}

const stored = `select (select count(*) from audit.records) + (select count(*) from identity.idempotency_keys)
  + (select count(*) from identity.users) + (select count(*) from loyalty.customers) as rows`;
const countRows = async () => (await api.database.superuser.query(stored)).rows[0].rows as string;

const withBody = everyRoute.filter(([, { body }]) => body !== null);
/** Takes texts of any name, and says no to a state it does not know. */
const open = ['finishConnect parameters', 'connectNetwork credentials'];

describe('a name that reaches for the prototype', () => {
  it.each(withBody)('%s: is refused in the body, and nothing is stored', async (operationId, route, door) => {
    const before = await countRows();
    const body = bodyOf(route, party.ids[door]);
    for (const place of objectsIn(body)) {
      for (const poison of poisons) {
        const text = poisoned(body, place, poison);
        const init = sending(route.method, party.headers[door], text);
        const { status } = await doors[door](pathOf(route, party.ids[door]), init);
        const isOpen = open.includes(`${operationId} ${place.join('.')}`);
        expect([place, poison, status]).toEqual([place, poison, isOpen ? expect.toBeOneOf([200, 409, 422]) : 422]);
        expectClean();
      }
    }
    if (!open.some((one) => one.startsWith(operationId))) expect(await countRows()).toBe(before);
  });

  it.each(everyRoute)(
    '%s: is refused in the query and names nothing in the path',
    async (_operationId, route, door) => {
      const body = bodyOf(route, party.ids[door]);
      const init = () => sendingTo(route, party.headers[door], body);
      const before = await countRows();
      for (const query of poisonedQueries) {
        const path = pathOf(route, party.ids[door]);
        const { status } = await doors[door](`${path}${path.includes('?') ? '&' : '?'}${query}`, init());
        expect([query, status]).toEqual([query, 422]);
        expectClean();
      }
      for (const name of Object.keys(route.params.shape)) {
        for (const value of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
          const { status } = await doors[door](pathWith(route, party.ids[door], { [name]: value }), init());
          expect([value, status]).toEqual([value, 404]);
          expectClean();
        }
      }
      expect(await countRows()).toBe(before);
    },
  );
});

describe('a provider’s event', () => {
  it('that reaches for the prototype, anywhere, is taken through the queue to the ledger and pollutes nothing', async () => {
    const { send, sent } = record();
    const webhook = createSquareWebhook({
      keys: () => [key],
      notificationUrl: () => notificationUrl,
      send,
      now: () => minute(9),
    });
    const { merchant } = party;
    const sale = squarePaymentEvent({
      ...{ eventId: randomUUID(), merchantId: merchant.canary, paymentId: 'of the prototype', amountMinor: 700 },
      ...{ customerId: 'prototype', createdAt: minute(8).toISOString() },
    });
    const places = objectsIn(sale);
    for (const [at, place] of places.entries()) {
      for (const poison of poisons) {
        const named = { ...sale, event_id: `${at} ${poison.length}` };
        const body = Buffer.from(poisoned(named, place, poison));
        expect((await webhook(request(asText(body), signed(body)))).statusCode).toBe(200);
      }
    }
    expect(sent).toHaveLength(places.length * poisons.length);
    const { batchItemFailures } = await ingest(sent);
    vi.restoreAllMocks();
    expect(batchItemFailures).toEqual([]);
    tried += sent.length - 1;
    expectClean();
    const { rows } = await api.database.superuser.query(
      `select count(*)::int as sales, sum(amount_minor)::int as amount, count(*) filter (where t::text like '%polluted%')::int as polluted
       from loyalty.transactions t where org_id = $1 and provider_transaction_id = 'of the prototype'`,
      [merchant.orgId],
    );
    expect(rows).toEqual([{ sales: 1, amount: 700, polluted: 0 }]);
  });

  function ingest(sent: readonly IngestMessage[]) {
    const { system, worker } = api.database;
    const unasked = {
      call: () => Promise.reject(new Error('nobody is asked here')),
      take: () => ({ pulls: [], bytes: 0 }),
    };
    const handler = createIngest(() => ({
      ...{ system, worker, applyFacts: createApplyEventFacts(systemClock), callOf: () => unasked },
      registry: { square: { explode: explodeSquare, resolve: async (event) => factsOf(event) } },
      report: () => undefined,
    }));
    const attributes = { ApproximateReceiveCount: '1' };
    const records = sent.map((message) => ({ messageId: randomUUID(), body: JSON.stringify(message), attributes }));
    return handler({ Records: records } as unknown as Parameters<typeof handler>[0]);
  }
});
