import type { RecordedCall } from '@tributary/core/provider-call';
import { jointOrders } from '@tributary/providers/square/joint-orders';
import { resolve } from '@tributary/providers/square/resolve';
import { createRandom } from '@tributary/sandbox/kernel/random';
import { describe, expect, it } from 'vitest';
import { readRecorded } from '../rebuild/recorded-answers.ts';
import { openMerchant, type PaymentEvent } from './ask-jointly.fixture.ts';
import { askJointly } from './ask-jointly.ts';

const joint = (provider: string) => (provider === 'square' ? jointOrders : undefined);
const together = 'POST /v2/orders/batch-retrieve';
const read = (event: PaymentEvent, { call }: RecordedCall) => resolve({ ...event, occurredAt: null }, call);
const linesOf = async (event: PaymentEvent, recorded: RecordedCall) =>
  (await read(event, recorded)).map((fact) => (fact.kind === 'payment' ? (fact.lineItems?.[0]?.name ?? null) : null));
const withOrder = ({ payload, ...event }: PaymentEvent, orderId: string): PaymentEvent => {
  const { payment } = payload as { payment: object };
  return { ...event, payload: { payment: { ...payment, order_id: orderId } } };
};

describe('orders of a batch of payments', () => {
  it.each([
    [2, 1],
    [100, 1],
    [101, 2],
    [250, 3],
  ])('%i of them take %i questions', async (sales, questions) => {
    const shop = openMerchant(`many ${sales}`);
    const events = Array.from({ length: sales }, (_, index) => shop.sell(`Tea ${index}`));
    const callOf = await askJointly(events, { joint, callOf: shop.callOf });
    const names = await Promise.all(events.map(async (event) => (await linesOf(event, callOf(event)))[0]));
    expect(names).toEqual(events.map((_, index) => `Tea ${index}`));
    expect(shop.asked()).toEqual(Array(questions).fill(together));
  });

  it('that is one is asked for as ever, and one of several payments once', async () => {
    const shop = openMerchant('few');
    const event = shop.sell('Tea');
    const one = await askJointly([event], { joint, callOf: shop.callOf });
    await linesOf(event, one(event));
    const path = `GET /v2/orders/${shop.merchant.payments()[0]?.order_id}`;
    expect(shop.asked()).toEqual([path]);
    const two = await askJointly([event, event], { joint, callOf: shop.callOf });
    for (const asking of [event, event]) expect(await linesOf(asking, two(asking))).toEqual(['Tea']);
    expect(shop.asked()).toEqual([path, together]);
  });

  it('are taken down as if each had been asked for alone, byte for byte, and what travelled counts once', async () => {
    const shop = openMerchant('recorded');
    const events = ['Tea', 'Cake', 'Tea'].map(shop.sell);
    const callOf = await askJointly(events, { joint, callOf: shop.callOf });
    const travelled = shop.square.requests().at(-1)?.bytes;
    const taken = [];
    for (const event of events) {
      const [jointly, alone] = [callOf(event), shop.callOf()];
      await read(event, jointly);
      await read(event, alone);
      taken.push(jointly.take());
      expect(taken.at(-1)?.pulls).toEqual(alone.take().pulls);
    }
    expect(taken.map(({ bytes }) => bytes)).toEqual([travelled, 0, 0]);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'say the same as when they are asked for one by one, and so does what was taken down, batch %i',
    async (seed) => {
      const shop = openMerchant(`alike ${seed}`);
      const sold = ['Tea', 'Cake'].map(shop.sell);
      const orderIds = [...shop.merchant.payments().map(({ order_id }) => order_id ?? ''), 'gone', '..', ''];
      const random = createRandom(seed);
      const events = Array.from({ length: random.below(7) }, () => ({
        ...withOrder(random.pick(sold), random.pick(orderIds)),
        type: random.pick(['payment.created', 'payment.updated', 'order.updated']),
      }));
      const callOf = await askJointly(events, { joint, callOf: shop.callOf });
      for (const event of events) {
        const recorded = callOf(event);
        const facts = await read(event, recorded);
        expect(facts).toEqual(await read(event, shop.callOf()));
        const { pulls } = recorded.take();
        expect(await readRecorded(pulls, (call) => read(event, { ...recorded, call }))).toEqual(facts);
      }
    },
  );
});

describe('of orders that are asked for at once', () => {
  it('one that does not exist is asked for no more, and the others are told', async () => {
    const shop = openMerchant('missing');
    const events = [shop.sell('Tea'), withOrder(shop.sell('Cake'), 'gone')] as const;
    const callOf = await askJointly(events, { joint, callOf: shop.callOf });
    expect(await linesOf(events[0], callOf(events[0]))).toEqual(['Tea']);
    expect(await linesOf(events[1], callOf(events[1]))).toEqual([null]);
    expect(shop.asked()).toEqual([together]);
  });

  it.each([
    ['is unreadable', (order: object) => ({ orders: [order, { uid: 'no id' }] })],
    ['could not be read there', (order: object) => ({ orders: [order], errors: [{ code: 'NOT_FOUND' }] })],
  ])('one that %s is asked for alone, and the others are not', async (_, answer) => {
    const broken = openMerchant('broken', (path) =>
      path.endsWith('batch-retrieve') ? JSON.stringify(answer(broken.merchant.order(orders[0] ?? ''))) : null,
    );
    const events = [broken.sell('Tea'), broken.sell('Cake')];
    const orders = broken.merchant.payments().map(({ order_id }) => order_id ?? '');
    const callOf = await askJointly(events, { joint, callOf: broken.callOf });
    const names = [];
    for (const event of events) names.push(...(await linesOf(event, callOf(event))));
    expect(names).toEqual(['Tea', 'Cake']);
    expect(broken.asked()).toEqual([together, `GET /v2/orders/${orders[1]}`]);
  });

  it.each(['malformed', 'html', 'empty'] as const)('none is lost for an answer that is %s', async (fault) => {
    const shop = openMerchant(`answer ${fault}`);
    const events = ['Tea', 'Cake'].map(shop.sell);
    shop.square.faults.plan({ fault });
    const callOf = await askJointly(events, { joint, callOf: shop.callOf });
    const names = [];
    for (const event of events) names.push(...(await linesOf(event, callOf(event))));
    expect(names).toEqual(['Tea', 'Cake']);
  });

  it.each([
    ['rate_limited_seconds', 'rate_limited'],
    ['unavailable', 'unavailable'],
    ['truncated', 'unavailable'],
  ] as const)(
    'those of a question that meets %s wait, nobody asks again, and those of another are told',
    async (fault, kind) => {
      const shop = openMerchant(`fault ${fault}`);
      const events = Array.from({ length: 102 }, (_, index) => shop.sell(`Tea ${index}`));
      shop.square.faults.plan({ fault });
      const callOf = await askJointly(events, { joint, callOf: shop.callOf });
      const outcomes = await Promise.allSettled(events.map((event) => linesOf(event, callOf(event))));
      for (const outcome of outcomes.slice(0, 100))
        expect(outcome).toMatchObject({ status: 'rejected', reason: { kind } });
      expect(outcomes.slice(100)).toMatchObject([{ value: ['Tea 100'] }, { value: ['Tea 101'] }]);
      expect(shop.asked()).toEqual([together, together]);
    },
  );

  it('those of a connection that cannot be asked hold up no other', async () => {
    const [shut, open] = [openMerchant('shut'), openMerchant('open')];
    const events = [shut.sell('Tea'), shut.sell('Tea'), open.sell('Cake'), open.sell('Cake')];
    const callOf = await askJointly(events, {
      joint,
      callOf: ({ connectionId }) => {
        if (connectionId === 'open') return open.callOf();
        return { call: () => Promise.reject(new Error('the database is away')), take: () => ({ pulls: [], bytes: 0 }) };
      },
    });
    const outcomes = await Promise.allSettled(events.map((event) => linesOf(event, callOf(event))));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
  });
});
