import { describe, expect, it } from 'vitest';
import { createCall } from '../walk/walk.fixture.ts';
import { resolve } from './resolve.ts';
import { dayMs, hintAt, merchantId, openShop, type Shop, sale, start } from './shop.fixture.ts';

const readPage = (shop: Shop, resource = 'payments') =>
  shop.createSource().page(shop.call, { resource, locationRef: '' }, { from: start.toISOString(), place: null });

describe('the lists of a merchant', () => {
  it('are payments and orders', async () => {
    const { call, createSource } = openShop();
    expect(await createSource().streams(call)).toEqual([
      { resource: 'payments', locationRef: '' },
      { resource: 'orders', locationRef: '' },
    ]);
    expect(call.asked).toEqual([]);
  });

  it.each(['items', 'constructor'])('are no other: %s', async (resource) => {
    await expect(readPage(openShop(), resource)).rejects.toMatchObject({ kind: 'not_found' });
  });
});

describe('a page', () => {
  it.each([
    ['payments', 'refunds,order,order.customers'],
    ['orders', 'payments.refunds,customers'],
  ])('of %s is asked for by time of change, oldest first, within 90 days', async (resource, expand) => {
    const shop = openShop();
    await readPage(shop, resource);
    const filter = [`modifiedTime>=${start.getTime()}`, `modifiedTime<=${start.getTime() + 89 * dayMs}`];
    const query = { filter, orderBy: 'modifiedTime ASC', expand, limit: '100', offset: '0' };
    expect(shop.call.asked).toEqual([{ path: resource, query }]);
  });

  it.each(['payments', 'orders'])('of %s says of a payment what a webhook’s hint brings', async (resource) => {
    const shop = openShop();
    for (let count = 0; count < 4; count += 1) {
      const { id } = shop.clover.takePayment(merchantId, sale);
      shop.clover.refund(merchantId, id, 100 * (count + 1));
    }
    const { facts, objects } = await readPage(shop, resource);
    const kind = resource === 'payments' ? 'P' : 'O';
    const hinted = [];
    for (const { id } of objects) hinted.push(...(await resolve(hintAt(kind, id), shop.call)));
    expect(facts).toEqual(hinted);
    expect(facts.slice(0, 2)).toMatchObject([
      { kind: 'payment', customer: { externalId: 'C1' }, lineItems: [{ amountMinor: 250 }, { amountMinor: 500 }] },
      { kind: 'refund', status: 'completed' },
    ]);
    expect(facts).toHaveLength(8);
  });

  it('reads the lines of all its orders in one request, and of those that changed at other times one by one', async () => {
    const shop = openShop();
    const payments = [];
    for (let count = 0; count < 5; count += 1) payments.push(shop.clover.takePayment(merchantId, sale));
    await shop.clock.advance(dayMs);
    shop.clover.changeOrder(merchantId, payments[0]?.orderId ?? '', {});
    const { facts } = await readPage(shop);
    expect(facts).toMatchObject(payments.map(() => ({ lineItems: [{ name: 'Tea' }, { name: 'Cake' }] })));
    expect(shop.call.asked.map(({ path }) => path)).toEqual([
      'payments',
      '',
      'orders',
      `orders/${payments[0]?.orderId}`,
    ]);
  });

  it('counts a payment whose order is gone, in the merchant’s currency, by list and by hint', async () => {
    const shop = openShop({ currency: 'CAD' });
    const { id, orderId } = shop.clover.takePayment(merchantId, sale);
    shop.clover.deleteOrder(merchantId, orderId);
    const { facts } = await readPage(shop);
    expect(facts).toMatchObject([{ externalId: id, amountMinor: 800, currency: 'CAD', lineItems: null }]);
    expect(await resolve(hintAt('P', id), shop.call)).toEqual(facts);
  });

  it('is refused when nothing says the currency of a payment', async () => {
    const shop = openShop({ app: { permissions: ['ORDERS_R', 'PAYMENTS_R'] } });
    const { orderId } = shop.clover.takePayment(merchantId, sale);
    expect(await readPage(shop)).toMatchObject({ facts: [{ currency: 'USD' }] });
    shop.clover.deleteOrder(merchantId, orderId);
    await expect(readPage(shop)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it.each(['payments', 'orders'])('of %s is refused in another currency than the merchant’s', async (resource) => {
    const shop = openShop();
    shop.clover.takePayment(merchantId, sale);
    shop.clover.faults.plan({ fault: 'wrong_currency', times: 3 });
    await expect(readPage(shop, resource)).rejects.toMatchObject({ kind: 'invalid_response' });
    shop.clover.faults.clear();
    expect((await readPage(shop, resource)).facts).toMatchObject([{ currency: 'USD' }]);
  });

  it.each([
    ['rate_limited_date', 'rate_limited'],
    ['unavailable', 'unavailable'],
    ['malformed', 'invalid_response'],
    ['html', 'invalid_response'],
  ] as const)('is refused when an order answers %s: next time its lines may be told', async (fault, kind) => {
    const shop = openShop();
    shop.clover.takePayment(merchantId, sale);
    shop.clover.faults.plan({ fault, on: ({ path }) => path.includes('/orders/') });
    await expect(readPage(shop)).rejects.toMatchObject({ kind });
    expect((await readPage(shop)).facts).toMatchObject([{ lineItems: [{ name: 'Tea' }, { name: 'Cake' }] }]);
  });

  it('reads its orders one by one when the list of them is garbled', async () => {
    const shop = openShop();
    for (let count = 0; count < 3; count += 1) shop.clover.takePayment(merchantId, sale);
    shop.clover.faults.plan({ fault: 'malformed', on: ({ path }) => path.endsWith('/orders') });
    const { facts } = await readPage(shop);
    expect(facts).toMatchObject([1, 2, 3].map(() => ({ lineItems: [{ name: 'Tea' }, { name: 'Cake' }] })));
  });

  it('with a row told twice has it once', async () => {
    const shop = openShop();
    shop.clover.takePayment(merchantId, sale);
    shop.clover.faults.plan({ fault: 'repeated_row' });
    expect((await readPage(shop)).objects).toHaveLength(1);
  });

  it.each([
    ['without an id', { id: '' }],
    ['without a time', { createdTime: undefined, modifiedTime: undefined }],
    ['with an amount in words', { amount: '1' }],
  ])('is refused whole for a payment %s', async (_name, change) => {
    const payment = {
      id: 'P1',
      amount: 100,
      result: 'SUCCESS',
      createdTime: start.getTime(),
      modifiedTime: start.getTime(),
    };
    const elements = [payment, { ...payment, ...change }];
    const call = createCall({ url: 'https://api.clover.com', headers: {} }, async () => Response.json({ elements }));
    await expect(readPage({ ...openShop(), call })).rejects.toMatchObject({
      kind: 'invalid_response',
      message: expect.stringContaining('elements.1'),
    });
  });
});
