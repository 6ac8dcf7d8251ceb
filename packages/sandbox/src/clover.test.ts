import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type CloverSandbox, startCloverSandbox } from './clover.ts';
import type { FaultKind } from './clover-faults.ts';
import type { SandboxOrder, SandboxPayment } from './clover-wire.ts';

const officialOrder = JSON.parse(readFileSync(new URL('../test/payloads/clover.order.json', import.meta.url), 'utf8'));

const payment: SandboxPayment = {
  id: 'ABCVJTABCRRSC',
  orderId: 'GHIVJT2ABCRSC',
  amount: 1545,
  tipAmount: 200,
  taxAmount: 118,
  result: 'SUCCESS',
  createdTime: 1_795_176_000_000,
  modifiedTime: 1_795_176_060_000,
  refunds: [{ id: 'RFD0000000001', amount: 500, createdTime: 1_795_176_050_000 }],
};
const order: SandboxOrder = {
  id: 'GHIVJT2ABCRSC',
  currency: 'USD',
  createdTime: 1_795_175_000_000,
  modifiedTime: 1_795_176_060_000,
  customers: [{ id: 'CUS0000000001', firstName: 'Ada', lastName: 'Byron' }],
  lineItems: [{ id: 'NNNJG34932ENW', name: 'Chicken Fried Steak', price: 1545 }],
};
const merchant = { id: 'XYZVJT2ZRRRSC', accessToken: 'token-of-xyz', payments: [payment], orders: [order] };
const otherMerchant = { id: 'MNOVJT2ZRRRSC', accessToken: 'token-of-mno', payments: [], orders: [] };

let clover: CloverSandbox;
beforeEach(async () => {
  clover = await startCloverSandbox({ merchants: [merchant, otherMerchant] });
});
afterEach(() => clover.stop());

const call = (path: string, token: string | null = merchant.accessToken, init: RequestInit = {}) =>
  fetch(`${clover.url}/v3/merchants/${path}`, {
    ...init,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
// biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, which the tests then check.
const read = async (path: string): Promise<any> => (await call(path)).json();
const paymentPath = `${merchant.id}/payments/${payment.id}`;
const orderPath = `${merchant.id}/orders/${order.id}`;

const reference = z.looseObject({ href: z.url().optional(), id: z.string() });
const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z.strictObject({ elements: z.array(schema), href: z.url() });
const refundShape = z.strictObject({
  href: z.url(),
  id: z.string(),
  orderRef: reference,
  payment: reference,
  amount: z.int(),
  tipAmount: z.int(),
  taxAmount: z.int(),
  createdTime: z.int(),
  clientCreatedTime: z.int(),
  voided: z.boolean(),
  status: z.string(),
  employee: reference,
});
/** Field names of Payment in Clover's own SDK. */
const paymentShape = z.strictObject({
  href: z.url(),
  id: z.string(),
  order: reference,
  tender: reference,
  amount: z.int(),
  tipAmount: z.int(),
  taxAmount: z.int(),
  cashbackAmount: z.int(),
  employee: reference,
  createdTime: z.int(),
  clientCreatedTime: z.int(),
  modifiedTime: z.int(),
  offline: z.boolean(),
  result: z.string(),
  refunds: listOf(refundShape).optional(),
});

describe('a payment', () => {
  it('names its order and shows no refunds unless they are expanded', async () => {
    const plain = paymentShape.parse(await read(paymentPath));
    expect(Object.keys(plain.order)).toEqual(['href', 'id']);
    expect(plain).toMatchObject({ id: payment.id, amount: 1545, tipAmount: 200, result: 'SUCCESS' });
    expect(plain.refunds).toBeUndefined();
  });

  it('expands refunds, its order and who ordered, in one call', async () => {
    const expanded = paymentShape.parse(await read(`${paymentPath}?expand=refunds%2Corder%2Corder.customers`));
    expect(expanded.refunds?.elements).toMatchObject([{ id: 'RFD0000000001', amount: 500, status: 'SUCCESS' }]);
    expect(expanded.order).toMatchObject({
      id: order.id,
      currency: 'USD',
      customers: { elements: [{ id: 'CUS0000000001' }] },
    });
    expect(expanded.order).not.toHaveProperty('lineItems');
  });

  it('is what it was last set to', async () => {
    clover.setPayment(merchant.id, { ...payment, result: 'VOIDED', refunds: [] });
    expect(await read(`${paymentPath}?expand=refunds`)).toMatchObject({ result: 'VOIDED', refunds: { elements: [] } });
    expect(() => clover.setPayment('NOBODY', payment)).toThrow('no merchant NOBODY');
  });
});

describe('an order', () => {
  it('has the fields, and the types of fields, of a real one', async () => {
    const { lineItems, ...fields } = await read(`${orderPath}?expand=lineItems`);
    const { lineItems: officialItems, ...officialFields } = officialOrder;
    const typesOf = (object: object) => Object.entries(object).map(([name, value]) => `${name}: ${typeof value}`);
    expect(typesOf(officialFields)).toEqual(expect.arrayContaining(typesOf(fields)));
    expect(typesOf(officialItems.elements[0])).toEqual(expect.arrayContaining(typesOf(lineItems.elements[0])));
    expect(Object.keys(fields.employee.orders)).toEqual(Object.keys(officialFields.employee.orders));
  });

  it('tells what its lines cost only when it is asked to', async () => {
    const line = {
      id: 'L1',
      name: 'Tea',
      price: 400,
      unitQty: 2500,
      itemCode: '0244',
      tags: ['Drinks'],
      refunded: true,
    };
    const off = { id: 'D1', name: 'Lunch deal', amount: -100 };
    const soy = { id: 'M1', name: 'Soy', amount: 50 };
    const lineItems = [
      { ...line, modifications: [soy], discounts: [off] },
      { id: 'L2', name: 'Bag', price: 10 },
    ];
    clover.setOrder(merchant.id, { ...order, lineItems, discounts: [{ ...off, id: 'D2' }], total: 860 });

    const plain = await read(`${orderPath}?expand=lineItems`);
    const tags = { elements: [{ name: 'Drinks' }] };
    expect(plain).toMatchObject({ total: 860, lineItems: { elements: [{ ...line, tags }, { price: 10 }] } });
    for (const silent of [plain, ...plain.lineItems.elements]) expect(silent).not.toHaveProperty('discounts');
    expect(plain.lineItems.elements[0]).not.toHaveProperty('modifications');

    const full = await read(`${orderPath}?expand=lineItems.discounts,lineItems.modifications,discounts`);
    expect(full.discounts).toEqual({ elements: [{ ...off, id: 'D2' }], href: expect.any(String) });
    expect(full.lineItems.elements).toMatchObject([
      { id: 'L1', modifications: { elements: [soy] }, discounts: { elements: [off] } },
      { id: 'L2', modifications: { elements: [] }, discounts: { elements: [] } },
    ]);
  });

  it('brings its payments along with their refunds', async () => {
    const body = await read(`${orderPath}?expand=payments.refunds,customers,lineItems`);
    const payments = listOf(paymentShape).parse(body.payments);
    expect(payments.elements).toHaveLength(1);
    expect(payments.elements[0]?.refunds?.elements).toHaveLength(1);
    expect(body.customers.elements[0].emailAddresses).toEqual({ href: expect.stringContaining('/emailAddresses') });
    clover.setOrder(merchant.id, { ...order, id: 'EMPTY00000000' });
    const empty = await read(`${merchant.id}/orders/EMPTY00000000?expand=payments`);
    expect(empty).toMatchObject({ state: 'open', payments: { elements: [] } });
  });
});

describe('a request that is refused', () => {
  it.each([
    ['no token', paymentPath, null, 401],
    ["another merchant's token", paymentPath, otherMerchant.accessToken, 401],
    ['an unknown merchant', `NOBODY/payments/${payment.id}`, merchant.accessToken, 401],
    ['an unknown payment', `${merchant.id}/payments/NOSUCHPAYMENT`, merchant.accessToken, 404],
    ["another merchant's payment", `${otherMerchant.id}/payments/${payment.id}`, otherMerchant.accessToken, 404],
    ['an unknown resource', `${merchant.id}/items/1`, merchant.accessToken, 404],
    ['an unknown expansion', `${paymentPath}?expand=employee`, merchant.accessToken, 400],
    ['an expansion three levels deep', `${paymentPath}?expand=order.lineItems.discounts`, merchant.accessToken, 400],
    ['four expansions', `${orderPath}?expand=payments,payments.refunds,customers,lineItems`, merchant.accessToken, 400],
  ])('%s', async (_name, path, token, status) => {
    const response = await call(path, token);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it('anything but a read', async () => {
    expect((await call(paymentPath, merchant.accessToken, { method: 'DELETE' })).status).toBe(405);
  });
});

describe('a planned fault', () => {
  it('names the limit as Clover does, and only a limit on concurrency says how long to wait', async () => {
    clover.failNext('rate_limit');
    clover.failNext('concurrency_limit');
    const [rate, concurrency] = [await call(paymentPath), await call(paymentPath)];
    expect([rate.status, rate.headers.get('X-RateLimit-tokenLimit'), rate.headers.get('retry-after')]).toEqual([
      429,
      '16',
      null,
    ]);
    expect(concurrency.headers.get('X-RateLimit-tokenConcurrentLimit')).toBe('5');
    expect(concurrency.headers.get('retry-after')).toBe('2');
    expect((await call(paymentPath)).status).toBe(200);
  });

  it('is met as often as it was planned', async () => {
    clover.failNext('server_error', 2);
    const statuses = [await call(paymentPath), await call(paymentPath), await call(paymentPath)].map(
      ({ status }) => status,
    );
    expect(statuses).toEqual([500, 500, 200]);
  });

  it('can be an answer of another kind', async () => {
    clover.failNext('html');
    const response = await call(paymentPath);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await response.text()).toContain('<!doctype html>');
  });

  it('can be half an answer, or none', async () => {
    clover.failNext('truncated');
    await expect(call(paymentPath).then((response) => response.text())).rejects.toThrow();
    clover.failNext('timeout');
    await expect(call(paymentPath, merchant.accessToken, { signal: AbortSignal.timeout(50) })).rejects.toThrow(
      'timeout',
    );
  });
});

it('records what was asked, and no token', async () => {
  clover.failNext('html');
  await call(`${paymentPath}?expand=refunds,order`);
  await call(orderPath, null);
  expect(clover.requests()).toEqual([
    { method: 'GET', path: `/v3/merchants/${paymentPath}`, expand: ['refunds', 'order'], status: null, fault: 'html' },
    { method: 'GET', path: `/v3/merchants/${orderPath}`, expand: [], status: 401, fault: null },
  ]);
  expect(JSON.stringify(clover.requests())).not.toContain(merchant.accessToken);
});

it('stops with a request still open', async () => {
  clover.failNext('timeout' satisfies FaultKind);
  const open = call(paymentPath);
  const refused = expect(open).rejects.toThrow('fetch failed');
  while (clover.requests().length === 0) await new Promise(setImmediate);
  await clover.stop();
  await refused;
});
