import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedFetch } from '../fetch/guarded-fetch.ts';
import { type CloverClient, createCloverClient } from './client.ts';
import { toFacts } from './payment.ts';

const merchantId = 'XYZVJT2ZRRRSC';
const accessToken = 'canary-token';
const href = `https://api.clover.com/v3/merchants/${merchantId}`;

const refund = { href: `${href}/refunds/R1`, id: 'R1', amount: 500, createdTime: 1_795_176_050_000, status: 'SUCCESS' };
const customer = {
  href: `${href}/customers/C1`,
  id: 'C1',
  firstName: 'Ada',
  emailAddresses: { href: `${href}/customers/C1/email_addresses` },
  phoneNumbers: { href: `${href}/customers/C1/phone_numbers` },
};
const order = { href: `${href}/orders/O1`, id: 'O1', currency: 'USD', customers: { elements: [customer], href } };
const payment = {
  href: `${href}/payments/P1`,
  id: 'P1',
  order: { id: 'O1' },
  tender: { href: `${href}/tenders/T1`, id: 'T1' },
  amount: 1545,
  tipAmount: 200,
  createdTime: 1_795_176_000_000,
  modifiedTime: 1_795_176_060_000,
  result: 'SUCCESS',
  refunds: { elements: [refund] },
};

let server: Server;
let client: CloverClient;
let asked: { path: string; expand: string | null; authorization: string | undefined }[];
let answer: { status: number; body: unknown };
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const { authorization } = request.headers;
    asked.push({ path: url.pathname, expand: url.searchParams.get('expand'), authorization });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createCloverClient({ baseUrl, fetch: createGuardedFetch({ allowLoopback: true }) });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const getPayment = (paymentId = 'P1') => client.getPayment({ merchantId, paymentId, accessToken });
const getOrderPayments = () => client.getOrderPayments({ merchantId, orderId: 'O1', accessToken });

describe('a payment', () => {
  it('is asked for with three expansions, as many as Clover allows, and the token in a header', async () => {
    answer = { status: 200, body: { ...payment, order } };
    await getPayment();
    const expand = 'refunds,order,order.customers';
    expect(asked).toEqual([
      { path: `/v3/merchants/${merchantId}/payments/P1`, expand, authorization: 'Bearer canary-token' },
    ]);
  });

  it('becomes facts: what was paid, what was given back, and who ordered', async () => {
    answer = { status: 200, body: { ...payment, order } };
    const [paid, returned] = toFacts(await getPayment());
    expect(paid).toMatchObject({ amountMinor: 1545, tipMinor: 200, currency: 'USD', customer: { externalId: 'C1' } });
    expect(returned).toMatchObject({ kind: 'refund', externalId: 'R1', paymentExternalId: 'P1', currency: 'USD' });
  });

  it.each([
    ['no customer', { ...order, customers: { elements: [] } }],
    ['customers that were not expanded', { ...order, customers: { href } }],
    ['no word on customers', { id: 'O1', currency: 'USD' }],
  ])('is read with %s', async (_name, itsOrder) => {
    answer = { status: 200, body: { ...payment, order: itsOrder } };
    expect(toFacts(await getPayment())[0]).toMatchObject({ kind: 'payment', customer: null });
  });

  it('is refused when its refunds were not expanded: they would look like none', async () => {
    answer = { status: 200, body: { ...payment, order, refunds: { href } } };
    await expect(getPayment()).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it.each([
    [401, 'unauthorized'],
    [404, 'not_found'],
    [429, 'rate_limited'],
    [503, 'unavailable'],
  ])('that answers %d is %s', async (status, kind) => {
    answer = { status, body: { message: 'canary' } };
    await expect(getPayment()).rejects.toMatchObject({ kind, status });
  });

  it.each(['', '..', '../../other', 'a/b', 'a?b', 'a%2Fb', 'x'.repeat(65)])(
    'with the id %j does not exist, and nobody is asked',
    async (paymentId) => {
      await expect(getPayment(paymentId)).rejects.toMatchObject({ kind: 'not_found' });
      expect(asked).toEqual([]);
    },
  );
});

describe('the payments of an order', () => {
  it('are asked for with three expansions', async () => {
    answer = { status: 200, body: { ...order, payments: { elements: [] } } };
    expect(await getOrderPayments()).toEqual([]);
    const path = `/v3/merchants/${merchantId}/orders/O1`;
    expect(asked).toMatchObject([{ path, expand: 'payments.refunds,customers,lineItems' }]);
  });

  it('are what each would be on its own: with currency, customer and refunds', async () => {
    const second = { ...payment, id: 'P2', refunds: { elements: [] } };
    answer = { status: 200, body: { ...order, payments: { elements: [payment, second] } } };
    const facts = (await getOrderPayments()).flatMap(toFacts);
    answer = { status: 200, body: { ...payment, order } };
    expect(facts.slice(0, 2)).toEqual(toFacts(await getPayment()));
    expect(facts[2]).toMatchObject({
      externalId: 'P2',
      refundedMinor: 0,
      currency: 'USD',
      customer: { externalId: 'C1' },
    });
    expect(facts).toHaveLength(3);
  });

  it.each([
    ['payments that were not expanded', { ...order, payments: { href } }],
    ['no currency', { id: 'O1', payments: { elements: [payment] } }],
    ['a payment of another shape', { ...order, payments: { elements: [{ id: 'P1' }] } }],
  ])('are refused with %s', async (_name, body) => {
    answer = { status: 200, body };
    await expect(getOrderPayments()).rejects.toMatchObject({ kind: 'invalid_response' });
  });
});

it('keeps the path of its base address', async () => {
  const fetch = createGuardedFetch({ allowLoopback: true });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clover`;
  answer = { status: 200, body: { ...payment, order } };
  await createCloverClient({ baseUrl, fetch }).getPayment({ merchantId, paymentId: 'P1', accessToken });
  expect(asked[0]?.path).toBe(`/clover/v3/merchants/${merchantId}/payments/P1`);
});
