import type { Json } from '@tributary/core/canonical-json';
import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createSquareSandbox } from '@tributary/sandbox/square/sandbox';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCall } from '../walk/walk.fixture.ts';
import { addressOf } from './address.ts';
import { explode } from './explode.ts';
import { resolve } from './resolve.ts';
import { readPayment, readRefund } from './single.ts';
import { createSquareSource } from './source.ts';

const start = new Date('2026-11-21T12:00:00Z');
const tea = { name: 'Tea', priceMinor: 300, quantity: 2, discountMinor: 100, taxMinor: 40, catalogObjectId: 'TEA' };

let events: ReturnType<typeof explode>;
let square: ReturnType<typeof createSquareSandbox>;
let clock: ReturnType<typeof createVirtualClock>;
beforeEach(() => {
  events = [];
  clock = createVirtualClock(start);
  const webhookFetch: typeof fetch = async (input, init) => {
    events.push(...explode(Buffer.from(await new Request(input, init).arrayBuffer())));
    return new Response(null, { status: 200 });
  };
  square = createSquareSandbox({ timeline: clock, webhookFetch });
  square.subscribe({ notificationUrl: 'https://ours.invalid/webhooks/square' });
});

function connect(scopes?: readonly string[]) {
  const merchant = square.merchant();
  const { accessToken } = square.authorize(merchant.id, scopes);
  const call = createCall(
    addressOf({ apiUrl: 'https://connect.squareup.com', accountRef: merchant.id, accessToken }),
    square.fetch,
  );
  return { merchant, call, locationRef: merchant.locations()[0]?.id ?? '' };
}

async function lastEvent(type: string) {
  await clock.advance(5000);
  const event = events.filter((one) => one.type === type).at(-1);
  if (event === undefined) throw new Error(`There was no ${type}.`);
  return event;
}

describe('an event of Square', () => {
  it('says the same of a payment as the list does', async () => {
    const { merchant, call, locationRef } = connect();
    const { id: customerId } = merchant.addCustomer({});
    const { id } = merchant.takePayment({ lines: [tea, { name: 'Cake', priceMinor: 450 }], tipMinor: 50, customerId });
    merchant.refundPayment({ paymentId: id, amountMinor: 100 });
    const told = [...(await resolve(await lastEvent('payment.updated'), call))];
    told.push(...(await resolve(await lastEvent('refund.updated'), call)));
    const position = { from: start.toISOString(), place: null };
    const page = async (resource: string) =>
      (await createSquareSource().page(call, { resource, locationRef }, position)).facts;
    expect([...(await page('payments')), ...(await page('refunds'))]).toEqual(told);
    expect(told).toMatchObject([
      { lineItems: [{ name: 'Tea' }, { name: 'Cake' }], taxMinor: 40, refundedMinor: 100 },
      {},
    ]);
    expect([await readPayment(call, id), await readRefund(call, merchant.refunds()[0]?.id ?? '')]).toEqual(told);
  });

  it('counts a payment whose order cannot be read, or does not exist, without its lines', async () => {
    const { merchant, call } = connect(['PAYMENTS_READ']);
    merchant.takePayment({ lines: [tea] });
    const event = await lastEvent('payment.updated');
    expect(await resolve(event, call)).toMatchObject([{ amountMinor: 540, lineItems: null, taxMinor: null }]);
    const { payment } = event.payload as { payment: Record<string, Json> };
    const other = { ...event, payload: { payment: { ...payment, order_id: 'gone' } } };
    expect(await resolve(other, connect().call)).toMatchObject([{ amountMinor: 540, lineItems: null, taxMinor: null }]);
  });

  it.each(['..', 'a/b', 'a?b', '', null, undefined])('asks for no order when its payment names %j', async (orderId) => {
    const { merchant, call } = connect();
    merchant.takePayment({ lines: [tea] });
    const event = await lastEvent('payment.updated');
    const { payment } = event.payload as { payment: Record<string, Json> };
    const payload = { payment: { ...payment, order_id: orderId } };
    expect(await resolve({ ...event, payload }, call)).toMatchObject([{ lineItems: null }]);
    expect(call.asked).toEqual([]);
  });

  it.each([
    ['rate_limited_silent', 'rate_limited'],
    ['bad_gateway', 'unavailable'],
    ['truncated', 'unavailable'],
    ['malformed', 'invalid_response'],
  ] as const)('is tried again when the order answers %s', async (fault, kind) => {
    const { merchant, call } = connect();
    merchant.takePayment({ lines: [tea] });
    const event = await lastEvent('payment.updated');
    square.faults.plan({ fault });
    await expect(resolve(event, call)).rejects.toMatchObject({ kind });
    expect(await resolve(event, call)).toMatchObject([{ lineItems: [{ name: 'Tea' }] }]);
  });

  it('with an order in another currency is tried again: one of them is wrong', async () => {
    const { merchant, call } = connect();
    merchant.takePayment({ lines: [tea] });
    const event = await lastEvent('payment.updated');
    const { payment } = event.payload as { payment: Record<string, Json> };
    const payload = { payment: { ...payment, amount_money: { amount: 540, currency: 'EUR' } } };
    await expect(resolve({ ...event, payload }, call)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('that ends the authorization asks nothing', async () => {
    const { merchant, call } = connect();
    merchant.revokeApplication();
    expect(await resolve(await lastEvent('oauth.authorization.revoked'), call)).toMatchObject([{ kind: 'revocation' }]);
    expect(call.asked).toEqual([]);
  });

  it('of an order says nothing by itself', async () => {
    const { merchant, call } = connect();
    merchant.takePayment({ lines: [tea] });
    expect(await resolve(await lastEvent('order.updated'), call)).toEqual([]);
  });
});
