import { createHash, randomUUID } from 'node:crypto';
import { systemClock } from '@tributary/core/clock';
import { withSystem, withTenant } from '@tributary/db/transaction';
import type { RetryCause } from '@tributary/inbox/apply';
import { resumableEvents } from '@tributary/inbox/pending';
import type { Registry } from '@tributary/inbox/registry';
import { reconcile } from '@tributary/ledger/reconcile';
import { activateRule } from '@tributary/loyalty/rule/activate-rule';
import { createRule } from '@tributary/loyalty/rule/create-rule';
import { applyFacts as applySales } from '@tributary/loyalty/transaction/apply-facts';
import { explode as explodeClover } from '@tributary/providers/clover/explode';
import { hintOf, revocationOf } from '@tributary/providers/clover/hint';
import { explode as explodeSquare } from '@tributary/providers/square/explode';
import { factsOf } from '@tributary/providers/square/facts';
import { squarePayment, toFact } from '@tributary/providers/square/payment';
import type { IngestMessage } from '@tributary/queue/message';
import { cloverDelivery } from '@tributary/sandbox/clover/delivery';
import { squarePaymentEvent, squareRefundEvent } from '@tributary/sandbox/square/webhook';
import { connect, disconnect } from '@tributary/sync/connection/connect';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import type { SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApplyEventFacts } from '../runtime/registry.ts';
import { createIngest } from './ingest.ts';

const takenAt = '2026-06-01T12:00:00Z';
const applyFacts = createApplyEventFacts(systemClock);

/** These adapters know all they tell. */
const callOf = () => ({
  call: () => Promise.reject(new Error('nobody is asked here')),
  take: () => ({ pulls: [], bytes: 0 }),
});

/** Square as in production. Clover's objects come from here instead of over HTTP; the client has tests of its own. */
const registry: Registry = {
  square: { explode: explodeSquare, resolve: async (event) => factsOf(event) },
  clover: {
    explode: explodeClover,
    async resolve(event) {
      const revocation = revocationOf(event);
      if (revocation) return [revocation];
      const { id, at } = hintOf(event);
      const customer = { externalId: `customer of ${event.accountRef}` };
      const amounts = { amountMinor: 1000, tipMinor: 0, taxMinor: null, refundedMinor: 0, currency: 'USD' };
      const times = { takenAt: new Date(takenAt), version: at };
      return [
        {
          kind: 'payment',
          provider: 'clover',
          externalId: id,
          status: 'completed',
          customer,
          lineItems: null,
          ...amounts,
          ...times,
        },
      ];
    },
  },
};

describe('ingest', () => {
  let database: TestDatabase;
  let handler: ReturnType<typeof createIngest>;
  const retried: RetryCause[] = [];
  const report = (cause: RetryCause) => void retried.push(cause);
  beforeAll(async () => {
    database = await testDatabase();
    handler = createIngest(() => ({
      system: database.system,
      worker: database.worker,
      registry,
      applyFacts,
      callOf,
      report,
    }));
  });

  const receive = (...messages: IngestMessage[]) => handler(sqsEvent(messages));
  const rows = async (sql: string, ...values: unknown[]) => (await database.superuser.query(sql, values)).rows;

  async function merchant(provider: 'square' | 'clover' = 'square', accountRef: string = randomUUID()) {
    const orgId = await createOrganization(database);
    const { connectionId } = await withSystem(database.system, (tx) => connect(tx, { orgId, provider, accountRef }));
    await withTenant({ database: database.api, orgId }, async (tx) => {
      const rule = await createRule({ tx, actor: 'test' }, { config: { conversionRate: 1 } });
      await activateRule({ tx, actor: 'test' }, { ruleId: rule.id, effectiveFrom: '2020-01-01T00:00:00Z' });
    });
    const balances = async () => {
      const wallets = await rows(
        `select i.value as customer, a.balance::int from loyalty.wallets w join ledger.accounts a on a.id = w.account_id
         join loyalty.customer_identities i on i.customer_id = w.customer_id where w.org_id = $1 and i.kind = 'external'`,
        orgId,
      );
      return Object.fromEntries(wallets.map(({ customer, balance }) => [customer, balance]));
    };
    const statuses = async () =>
      (await rows('select status from inbox.events where org_id = $1 order by id', orgId)).map(({ status }) => status);
    return { orgId, connectionId, accountRef, balances, statuses };
  }

  const sale = (merchantId: string, change: Partial<Parameters<typeof squarePaymentEvent>[0]> = {}) =>
    delivery(
      'square',
      squarePaymentEvent({
        eventId: randomUUID(),
        merchantId,
        paymentId: 'pay-1',
        amountMinor: 5000,
        customerId: 'ann',
        createdAt: takenAt,
        ...change,
      }),
    );

  it('a sale becomes points', async () => {
    const shop = await merchant();
    expect(await receive(sale(shop.accountRef))).toEqual({ batchItemFailures: [] });
    expect(await shop.balances()).toEqual({ ann: 50 });
    expect(await shop.statuses()).toEqual(['applied']);
  });

  it('S1-050 keeps the bytes as they came', async () => {
    const shop = await merchant();
    const message = sale(shop.accountRef);
    await receive(message);
    const [stored] = await rows(
      `select body, encode(sha256, 'hex') as sha256 from inbox.deliveries where sha256 = decode($1, 'hex')`,
      message.sha256,
    );
    expect(stored.body.toString('base64')).toBe(message.body);
    expect(createHash('sha256').update(stored.body).digest('hex')).toBe(stored.sha256);
  });

  it('S1-089 the same delivery a hundred times at once is one delivery row and one effect', async () => {
    const shop = await merchant();
    const message = sale(shop.accountRef);
    const results = await Promise.all(Array.from({ length: 100 }, () => receive(message)));
    expect(results.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
    const [counts] = await rows(
      `select (select count(*) from inbox.deliveries where sha256 = decode($1, 'hex'))::int as deliveries,
         (select count(*) from inbox.events where org_id = $2)::int as events,
         (select count(*) from loyalty.reward_events where org_id = $2)::int as rewards`,
      message.sha256,
      shop.orgId,
    );
    expect(counts).toEqual({ deliveries: 1, events: 1, rewards: 1 });
    expect(await shop.balances()).toEqual({ ann: 50 });
  });

  it('L64 one sale by webhook, by poll and by replay earns once', async () => {
    const shop = await merchant();
    await receive(sale(shop.accountRef));
    const polled = squarePaymentEvent({
      eventId: 'none',
      merchantId: shop.accountRef,
      paymentId: 'pay-1',
      amountMinor: 5000,
      customerId: 'ann',
      createdAt: takenAt,
    });
    const fact = toFact(squarePayment.parse(polled.data.object.payment));
    await withTenant({ database: database.worker, orgId: shop.orgId }, (tx) => applySales(tx, [fact], systemClock()));
    const replayed = await rows(
      `update inbox.events set status = 'pending', processed_at = null where org_id = $1 returning id`,
      shop.orgId,
    );
    await receive({ kind: 'apply', v: 1, orgId: shop.orgId, eventIds: replayed.map(({ id }) => id) });
    expect(await shop.statuses()).toEqual(['applied']);
    expect(await shop.balances()).toEqual({ ann: 50 });
    expect(await rows('select kind, points::int from loyalty.reward_events where org_id = $1', shop.orgId)).toEqual([
      { kind: 'earn', points: 50 },
    ]);
  });

  it('one event in two different deliveries is applied once', async () => {
    const shop = await merchant();
    const event = {
      eventId: 'one',
      merchantId: shop.accountRef,
      paymentId: 'pay-1',
      amountMinor: 5000,
      customerId: 'ann',
      createdAt: takenAt,
    };
    const once = delivery('square', squarePaymentEvent(event));
    const again = delivery('square', { ...squarePaymentEvent(event), sentTwice: true });
    await receive(once, again);
    await receive(again);
    expect(await shop.statuses()).toEqual(['applied']);
    expect(await shop.balances()).toEqual({ ann: 50 });
  });

  it('one Clover delivery for three merchants: the known one is applied, the others wait until they connect', async () => {
    const known = await merchant('clover');
    const gone = await merchant('clover');
    const unknown = randomUUID();
    await withSystem(database.system, (tx) =>
      disconnect(tx, { orgId: gone.orgId, connectionId: gone.connectionId, at: new Date() }),
    );
    const change = [{ objectId: 'P:PAY1', type: 'CREATE' as const, ts: Date.parse(takenAt) }];
    await receive(
      delivery(
        'clover',
        cloverDelivery('APP', { [known.accountRef]: change, [gone.accountRef]: change, [unknown]: change }),
      ),
    );
    expect(await known.balances()).toEqual({ [`customer of ${known.accountRef}`]: 10 });
    expect(await gone.statuses()).toEqual([]);
    const parked = await rows('select account_ref, reason from inbox.parked_events order by reason');
    expect(parked).toEqual([
      { account_ref: gone.accountRef, reason: 'disconnected' },
      { account_ref: unknown, reason: 'unknown_account' },
    ]);

    const late = await merchant('clover', unknown);
    const resumed = await resumableEvents(database.system);
    expect(resumed.map(({ orgId }) => orgId)).toEqual([late.orgId]);
    await receive(...resumed.map(({ orgId, eventIds }): IngestMessage => ({ kind: 'apply', v: 1, orgId, eventIds })));
    expect(await late.balances()).toEqual({ [`customer of ${unknown}`]: 10 });
    expect(await rows(`select account_ref from inbox.parked_events`)).toEqual([{ account_ref: gone.accountRef }]);
  });

  it('a revocation ends the connection: what comes after it is parked', async () => {
    const shop = await merchant('clover');
    const uninstalled = [{ objectId: 'A:APP', type: 'DELETE' as const, ts: Date.now() + 60_000 }];
    await receive(delivery('clover', cloverDelivery('APP', { [shop.accountRef]: uninstalled })));
    const [connection] = await rows(
      'select status, next_run_at from sync.connections where id = $1',
      shop.connectionId,
    );
    expect(connection).toEqual({ status: 'disconnected', next_run_at: null });
    const change = [{ objectId: 'P:PAY1', type: 'CREATE' as const, ts: Date.parse(takenAt) }];
    await receive(delivery('clover', cloverDelivery('APP', { [shop.accountRef]: change })));
    expect(await shop.balances()).toEqual({});
  });

  it.each([
    ['U+0000', '{"merchant_id":"m\\u0000"}', 'unstorable_json'],
    ['a lone surrogate', '{"merchant_id":"\\ud800"}', 'unstorable_json'],
    ['a number beyond a double', '{"merchant_id":1e400}', 'unstorable_json'],
    ['depth 20,000', '['.repeat(20_000) + ']'.repeat(20_000), 'unstorable_json'],
    ['no JSON at all', 'hello', 'invalid_json'],
    ['another shape', '{"hello":"world"}', 'invalid_payload'],
  ])('R12 %s is stored, quarantined with its reason, and blocks nothing', async (_name, text, reason) => {
    const shop = await merchant();
    const hostile = delivery('square', Buffer.from(text));
    expect(await receive(hostile, sale(shop.accountRef))).toEqual({ batchItemFailures: [] });
    const [stored] = await rows(
      `select status, reason, body from inbox.deliveries where sha256 = decode($1, 'hex')`,
      hostile.sha256,
    );
    expect(stored).toMatchObject({ status: 'quarantined', reason });
    expect(stored.body.toString()).toBe(text);
    expect(await shop.balances()).toEqual({ ann: 50 });
  });

  it('an event that can never be applied is quarantined with its reason, and its batch mates are applied', async () => {
    const shop = await merchant();
    const broken = {
      eventId: 'broken',
      merchantId: shop.accountRef,
      paymentId: 'pay-2',
      amountMinor: 5000,
      createdAt: takenAt,
    };
    const misshapen = squarePaymentEvent(broken);
    const refused = squarePaymentEvent({ ...broken, eventId: 'refused', paymentId: 'pay-3' });
    Object.assign(misshapen.data.object.payment, { amount_money: { amount: 'many', currency: 'USD' } });
    Object.assign(refused.data.object.payment, { created_at: '-271821-04-20T00:00:00Z' });
    await receive(delivery('square', misshapen), delivery('square', refused), sale(shop.accountRef));
    const events = await rows(
      'select key, status, reason from inbox.events where org_id = $1 order by key',
      shop.orgId,
    );
    expect(events.map(({ status }) => status).sort()).toEqual(['applied', 'quarantined', 'quarantined']);
    for (const { status, reason } of events) expect(reason !== null).toBe(status === 'quarantined');
    expect(await shop.balances()).toEqual({ ann: 50 });
  });

  it('what was stored and not applied is applied when its message comes back', async () => {
    const shop = await merchant();
    const message = sale(shop.accountRef);
    const broken = createIngest(() => ({
      system: database.system,
      worker: database.worker,
      registry,
      callOf,
      report,
      applyFacts: async () => {
        throw new Error('the worker died');
      },
    }));
    expect((await broken(sqsEvent([message]))).batchItemFailures).toHaveLength(1);
    expect(retried.at(-1)).toMatchObject({ step: 'apply', orgId: shop.orgId, error: { message: 'the worker died' } });
    expect(await shop.statuses()).toEqual(['pending']);
    expect(await receive(message)).toEqual({ batchItemFailures: [] });
    expect(await shop.balances()).toEqual({ ann: 50 });
  });

  it('keeps organizations apart: each of two sees its own sale of the same payment id alone', async () => {
    const [mine, theirs] = [await merchant(), await merchant()];
    await receive(sale(mine.accountRef), sale(theirs.accountRef, { amountMinor: 700, customerId: 'bob' }));
    expect(await mine.balances()).toEqual({ ann: 50 });
    expect(await theirs.balances()).toEqual({ bob: 7 });
  });

  it('a message that names one organization and events of another does nothing to either', async () => {
    const [mine, theirs] = [await merchant(), await merchant('square', 'not connected yet')];
    const message = sale(theirs.accountRef);
    const down = createIngest(() => ({
      system: database.system,
      worker: database.worker,
      registry,
      callOf,
      report,
      applyFacts: async () => Promise.reject(new Error('down')),
    }));
    await down(sqsEvent([message]));
    const [event] = await rows('select id from inbox.events where org_id = $1', theirs.orgId);
    expect(await receive({ kind: 'apply', v: 1, orgId: mine.orgId, eventIds: [event.id] })).toEqual({
      batchItemFailures: [],
    });
    expect([await mine.balances(), await theirs.balances(), await theirs.statuses()]).toEqual([{}, {}, ['pending']]);
  });

  it('F7 a shuffled, repeated stream through the whole function ends in the ledger of the ordered one', async () => {
    const endOf = async (arrange: (messages: IngestMessage[]) => IngestMessage[][]) => {
      const shop = await merchant();
      const event = { merchantId: shop.accountRef, paymentId: 'pay-1', createdAt: takenAt };
      const stream = [
        squarePaymentEvent({ ...event, eventId: 'e1', status: 'APPROVED', amountMinor: 5000, customerId: 'ann' }),
        squarePaymentEvent({
          ...event,
          eventId: 'e2',
          amountMinor: 5000,
          customerId: 'ann',
          updatedAt: '2026-06-01T12:01:00Z',
        }),
        squareRefundEvent({ ...event, eventId: 'e3', refundId: 'r1', amountMinor: 1111, status: 'PENDING' }),
        squareRefundEvent({
          ...event,
          eventId: 'e4',
          refundId: 'r1',
          amountMinor: 1111,
          updatedAt: '2026-06-01T12:05:00Z',
        }),
        squareRefundEvent({
          ...event,
          eventId: 'e5',
          refundId: 'r2',
          amountMinor: 1389,
          updatedAt: '2026-06-01T12:06:00Z',
        }),
        squarePaymentEvent({
          ...event,
          eventId: 'e6',
          amountMinor: 5000,
          refundedMinor: 2500,
          customerId: 'ann',
          updatedAt: '2026-06-01T12:07:00Z',
        }),
      ].map((body) => delivery('square', body));
      for (const batch of arrange(stream)) await receive(...batch);
      expect(
        await withTenant({ database: database.worker, orgId: shop.orgId }, (tx) => reconcile(tx, systemClock())),
      ).toEqual([]);
      return rows(
        `select kind, sum(points)::int as points from loyalty.reward_events where org_id = $1 group by kind order by kind`,
        shop.orgId,
      );
    };
    const ordered = await endOf((stream) => [stream]);
    expect(ordered).toEqual([
      { kind: 'clawback', points: -25 },
      { kind: 'earn', points: 50 },
    ]);
    for (let turn = 0; turn < 12; turn += 1) {
      const rotated = (stream: IngestMessage[]) => {
        const order = [...stream.slice(turn % 6), ...stream.slice(0, turn % 6)];
        if (turn >= 6) order.reverse();
        return order.flatMap((message) => [[message], [message, order[0] as IngestMessage]]);
      };
      expect(await endOf(rotated)).toEqual(ordered);
    }
  });
});

function delivery(provider: 'square' | 'clover', said: object): IngestMessage & { kind: 'delivery' } {
  const bytes = said instanceof Buffer ? said : Buffer.from(JSON.stringify(said));
  return {
    kind: 'delivery',
    v: 1,
    provider,
    handshake: false,
    receivedAt: systemClock().toISOString(),
    url: 'https://hooks.example.com',
    headers: { 'content-type': 'application/json' },
    keyId: '0',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    body: bytes.toString('base64'),
  };
}

function sqsEvent(messages: readonly IngestMessage[]): SQSEvent {
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 'x',
    ApproximateFirstReceiveTimestamp: '0',
  };
  const source = {
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:x:1:ingest',
    awsRegion: 'x',
  };
  return {
    Records: messages.map((message) => {
      const id = randomUUID();
      return { messageId: id, receiptHandle: id, body: JSON.stringify(message), attributes, ...source };
    }),
  };
}
