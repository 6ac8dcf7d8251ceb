import type { ProviderCall } from '@tributary/core/provider-call';
import { describe, expect, it } from 'vitest';
import { createCall } from '../walk/walk.fixture.ts';
import { openShop, scopes, start } from './shop.fixture.ts';
import { createSquareSource } from './source.ts';

const tea = { name: 'Tea', priceMinor: 300, quantity: 2, discountMinor: 100, taxMinor: 40, catalogObjectId: 'TEA' };
const readPage = (call: ProviderCall, locationRef: string, resource = 'payments') =>
  createSquareSource().page(
    call,
    { resource, locationRef, currency: 'USD' },
    { from: start.toISOString(), place: null },
  );

describe('the lists of a merchant', () => {
  it('are payments and refunds of each location, also of one that closed', async () => {
    const { call, merchant } = openShop({ merchants: [{ locations: [{ name: 'Main' }, { name: 'Side' }] }] });
    const [main, side] = merchant.locations().map(({ id }) => id);
    merchant.closeLocation(side ?? '');
    const streams = await createSquareSource().streams(call);
    expect(new Set(streams.map(({ resource, locationRef }) => `${resource} ${locationRef}`))).toEqual(
      new Set([`payments ${main}`, `refunds ${main}`, `payments ${side}`, `refunds ${side}`]),
    );
  });

  it('say what their amounts are in', async () => {
    const { call } = openShop({ merchants: [{ currency: 'JPY', country: 'JP' }] });
    expect(await createSquareSource().streams(call)).toMatchObject([{ currency: 'JPY' }, { currency: 'JPY' }]);
  });

  it('have one more when a location opens', async () => {
    const { call, merchant } = openShop();
    const before = await createSquareSource().streams(call);
    merchant.addLocation({ name: 'New' });
    expect(await createSquareSource().streams(call)).toHaveLength(before.length + 2);
  });

  it('are no other', async () => {
    const { call, locationRef } = openShop();
    await expect(readPage(call, locationRef, 'disputes')).rejects.toMatchObject({ kind: 'not_found' });
    expect(call.asked).toEqual([]);
  });
});

describe('a page of payments', () => {
  it('is asked for by time of change, oldest first, whenever they were created', async () => {
    const { call, locationRef } = openShop();
    await readPage(call, locationRef);
    expect(call.asked).toEqual([
      {
        path: 'v2/payments',
        query: {
          location_id: locationRef,
          begin_time: '2009-01-01T00:00:00Z',
          updated_at_begin_time: '2026-11-21T11:59:59.999Z',
          sort_field: 'UPDATED_AT',
          sort_order: 'ASC',
          limit: '100',
        },
      },
    ]);
  });

  it('costs two requests: the list, and the orders of all its payments, which say what was sold and its tax', async () => {
    const { call, merchant, locationRef } = openShop();
    const paid = merchant.takePayment({ lines: [tea], tipMinor: 50 });
    merchant.takePayment({ lines: [tea] });
    const { facts, objects } = await readPage(call, locationRef);
    expect(objects[0]).toEqual({ id: paid.id, version: new Date(paid.updated_at) });
    expect(facts[0]).toMatchObject({
      externalId: paid.id,
      amountMinor: 540,
      tipMinor: 50,
      taxMinor: 40,
      lineItems: [{ name: 'Tea', sku: 'TEA', quantity: 2, amountMinor: 500 }],
    });
    expect(call.asked.map(({ path }) => path)).toEqual(['v2/payments', 'v2/orders/batch-retrieve']);
  });

  it('counts payments without their lines where orders may not be read', async () => {
    const { call, merchant, locationRef } = openShop({}, scopes.slice(0, 2));
    merchant.takePayment({ lines: [tea] });
    const { facts } = await readPage(call, locationRef);
    expect(facts).toMatchObject([{ kind: 'payment', amountMinor: 540, lineItems: null, taxMinor: null }]);
  });

  it.each([
    ['rate_limited_seconds', 'rate_limited'],
    ['server_error', 'unavailable'],
    ['reset', 'unavailable'],
    ['malformed', 'invalid_response'],
    ['html', 'invalid_response'],
    ['empty', 'invalid_response'],
  ] as const)('is refused when its orders answer %s: next time they may be told', async (fault, kind) => {
    const { call, square, merchant, locationRef } = openShop();
    merchant.takePayment({ lines: [tea] });
    square.faults.plan({ fault, on: ({ path }) => path.endsWith('batch-retrieve') });
    await expect(readPage(call, locationRef)).rejects.toMatchObject({ kind });
    expect((await readPage(call, locationRef)).facts).toMatchObject([{ lineItems: [{ name: 'Tea' }] }]);
  });

  it.each(['payments', 'refunds'])('is refused in another currency than the location’s: %s', async (resource) => {
    const { call, square, merchant, locationRef } = openShop();
    const { id } = merchant.takePayment({ lines: [tea] });
    merchant.refundPayment({ paymentId: id, amountMinor: 10 });
    square.faults.plan({ fault: 'wrong_currency' });
    await expect(readPage(call, locationRef, resource)).rejects.toMatchObject({
      kind: 'invalid_response',
      message: "Square lists amounts in another currency than the location's",
    });
    expect((await readPage(call, locationRef, resource)).facts).toMatchObject([{ currency: 'USD' }]);
  });

  it('with a row told twice has it once', async () => {
    const { call, square, merchant, locationRef } = openShop();
    merchant.takePayment({ amountMinor: 500 });
    square.faults.plan({ fault: 'repeated_row' });
    expect((await readPage(call, locationRef)).objects).toHaveLength(1);
  });

  it.each([
    ['without an id', { id: '' }],
    ['without a time', { created_at: undefined }],
    ['with an amount in words', { amount_money: { amount: '1', currency: 'USD' } }],
  ])('is refused whole for a payment %s: skipped it would be lost', async (_name, change) => {
    const { merchant, locationRef } = openShop();
    const payment = merchant.takePayment({ amountMinor: 500 });
    const payments = [payment, { ...payment, ...change }];
    const address = { url: 'https://connect.squareup.com', headers: {} };
    const call = createCall(address, async () => Response.json({ payments }));
    await expect(readPage(call, locationRef)).rejects.toMatchObject({
      kind: 'invalid_response',
      message: expect.stringContaining('payments.1.'),
    });
  });
});

it('looks back longer than two machines a minute off either way and a list ten seconds behind', () => {
  expect(createSquareSource().overlapMs).toBeGreaterThanOrEqual(130_000);
});
