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

const lines = {
  ...order,
  lineItems: {
    elements: [{ id: 'L1', name: 'Tea', price: 1000, discounts: { elements: [{ amount: -100 }], href } }],
    href,
  },
  discounts: { elements: [{ percentage: 10 }], href },
};
const lineFields = 'lineItems.discounts,lineItems.modifications,discounts';

let server: Server;
let client: CloverClient;
let asked: { path: string; expand: string | null; authorization: string | undefined }[];
let answer: { status: number; body: unknown };
/** To the call for an order's lines. */
let linesAnswer: typeof answer;
beforeEach(async () => {
  asked = [];
  linesAnswer = { status: 200, body: lines };
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const { authorization } = request.headers;
    const expand = url.searchParams.get('expand');
    asked.push({ path: url.pathname, expand, authorization });
    const { status, body } = expand === lineFields ? linesAnswer : answer;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
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
  it('is asked for, and then the lines of its order, with three expansions each, as many as Clover allows', async () => {
    answer = { status: 200, body: { ...payment, order } };
    await getPayment();
    const authorization = 'Bearer canary-token';
    expect(asked).toEqual([
      { path: `/v3/merchants/${merchantId}/payments/P1`, expand: 'refunds,order,order.customers', authorization },
      { path: `/v3/merchants/${merchantId}/orders/O1`, expand: lineFields, authorization },
    ]);
  });

  it('becomes facts: what was paid for what, what was given back, and who ordered', async () => {
    answer = { status: 200, body: { ...payment, order } };
    const [paid, returned] = toFacts(await getPayment());
    expect(paid).toMatchObject({ lineItems: [{ externalId: 'L1', name: 'Tea', quantity: 1, amountMinor: 810 }] });
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

  it.each([
    ['has gone', { status: 404, body: {} }],
    ['may not be expanded so', { status: 400, body: { message: 'expand' } }],
    ['is no order', { status: 200, body: 'nothing' }],
    ['has too many lines to read', { status: 200, body: { ...lines, note: 'x'.repeat(2 * 1024 * 1024) } }],
    ['has lines in another shape', { status: 200, body: { lineItems: { elements: [{ id: 'L1' }] } } }],
    ['has lines that were not expanded', { status: 200, body: { lineItems: { href } } }],
  ])('is read without lines when its order %s', async (_name, itsLines) => {
    answer = { status: 200, body: { ...payment, order } };
    linesAnswer = itsLines;
    expect(toFacts(await getPayment())[0]).toMatchObject({ kind: 'payment', currency: 'USD', lineItems: null });
  });

  it.each([
    [401, 'unauthorized'],
    [429, 'rate_limited'],
    [503, 'unavailable'],
  ])('is asked for again when its lines answer %d', async (status, kind) => {
    answer = { status: 200, body: { ...payment, order } };
    linesAnswer = { status, body: {} };
    await expect(getPayment()).rejects.toMatchObject({ kind, status });
  });

  it('without an order has no lines to ask for', async () => {
    answer = { status: 200, body: { ...payment, order: null } };
    await getPayment();
    expect(asked).toHaveLength(1);
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
  const path = `/v3/merchants/${merchantId}/orders/O1`;

  it('are asked for, and the lines once for all of them', async () => {
    answer = { status: 200, body: { ...order, payments: { elements: [payment, { ...payment, id: 'P2' }] } } };
    expect(await getOrderPayments()).toHaveLength(2);
    expect(asked).toMatchObject([
      { path, expand: 'payments.refunds,customers' },
      { path, expand: lineFields },
    ]);
  });

  it('need no lines while there are none', async () => {
    answer = { status: 200, body: { ...order, payments: { elements: [] } } };
    expect(await getOrderPayments()).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('are what each would be on its own: with currency, customer, lines and refunds', async () => {
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
      lineItems: [{ externalId: 'L1' }],
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
