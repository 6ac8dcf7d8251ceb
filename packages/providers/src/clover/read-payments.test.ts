import { beforeEach, describe, expect, it } from 'vitest';
import { createCall } from '../walk/walk.fixture.ts';
import { toFacts } from './payment.ts';
import { readOrderPayments, readPayment } from './read-payments.ts';

const href = 'https://api.clover.com/v3/merchants/XYZVJT2ZRRRSC';

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

let call: ReturnType<typeof createCall>;
let answer: { status: number; body: unknown };
/** To the call for an order's lines. */
let linesAnswer: typeof answer;
beforeEach(() => {
  linesAnswer = { status: 200, body: lines };
  call = createCall({ url: href, headers: {} }, async (input) => {
    const { searchParams } = new URL(new Request(input).url);
    const { status, body } = searchParams.get('expand') === lineFields ? linesAnswer : answer;
    return Response.json(body, { status });
  });
});

const getPayment = (paymentId = 'P1') => readPayment(call, paymentId);
const getOrderPayments = () => readOrderPayments(call, 'O1');

describe('a payment', () => {
  it('is asked for, and then the lines of its order, with three expansions each, as many as Clover allows', async () => {
    answer = { status: 200, body: { ...payment, order } };
    await getPayment();
    expect(call.asked).toEqual([
      { path: 'payments/P1', query: { expand: 'refunds,order,order.customers' } },
      { path: 'orders/O1', query: { expand: lineFields } },
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
    ['has lines in another shape', { status: 200, body: { lineItems: { elements: [{ id: 'L1' }] } } }],
    ['has lines that were not expanded', { status: 200, body: { lineItems: { href } } }],
  ])('is read without lines when its order %s', async (_name, itsLines) => {
    answer = { status: 200, body: { ...payment, order } };
    linesAnswer = itsLines;
    expect(toFacts(await getPayment())[0]).toMatchObject({ kind: 'payment', currency: 'USD', lineItems: null });
  });

  it.each([
    ['401', { status: 401, body: {} }, 'unauthorized'],
    ['429', { status: 429, body: {} }, 'rate_limited'],
    ['503', { status: 503, body: {} }, 'unavailable'],
    ['what is no order', { status: 200, body: 'nothing' }, 'invalid_response'],
    ['in another currency', { status: 200, body: { ...lines, currency: 'EUR' } }, 'invalid_response'],
  ])('is asked for again when its lines answer %s', async (_name, itsLines, kind) => {
    answer = { status: 200, body: { ...payment, order } };
    linesAnswer = itsLines;
    await expect(getPayment()).rejects.toMatchObject({ kind });
  });

  it('without an order has no lines to ask for', async () => {
    answer = { status: 200, body: { ...payment, order: null } };
    await getPayment();
    expect(call.asked).toHaveLength(1);
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

  it.each(['', '..', '../../other', 'a/b', 'a?b', 'a%2Fb', 'x'.repeat(129)])(
    'with the id %j does not exist, and nobody is asked',
    async (paymentId) => {
      await expect(getPayment(paymentId)).rejects.toMatchObject({ kind: 'not_found' });
      expect(call.asked).toEqual([]);
    },
  );
});

describe('the payments of an order', () => {
  const path = 'orders/O1';

  it('are asked for, and the lines once for all of them', async () => {
    answer = { status: 200, body: { ...order, payments: { elements: [payment, { ...payment, id: 'P2' }] } } };
    expect(await getOrderPayments()).toHaveLength(2);
    expect(call.asked).toMatchObject([
      { path, query: { expand: 'payments.refunds,customers' } },
      { path, query: { expand: lineFields } },
    ]);
  });

  it('need no lines while there are none', async () => {
    answer = { status: 200, body: { ...order, payments: { elements: [] } } };
    expect(await getOrderPayments()).toEqual([]);
    expect(call.asked).toHaveLength(1);
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
