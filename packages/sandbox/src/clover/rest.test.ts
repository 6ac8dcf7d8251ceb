import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedFetch } from '../../test/checked-clover.ts';
import type { CloverSandbox } from './clover-sandbox.ts';
import type { SandboxOrder, SandboxPayment } from './objects.ts';
import { cloverSchemas } from './schemas.ts';
import { startCloverSandbox } from './start-clover.ts';

const officialOrder = JSON.parse(
  readFileSync(new URL('../../test/payloads/clover.order.json', import.meta.url), 'utf8'),
);

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
  checkedFetch(fetch)(`${clover.url}/v3/merchants/${path}`, {
    ...init,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
// biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, which the tests then check.
const read = async (path: string): Promise<any> => (await call(path)).json();
const paymentPath = `${merchant.id}/payments/${payment.id}`;
const orderPath = `${merchant.id}/orders/${order.id}`;

describe('a payment', () => {
  it('CL33 names its order and shows no refunds unless they are expanded', async () => {
    const plain = cloverSchemas.payment.parse(await read(paymentPath));
    expect(Object.keys(plain.order)).toEqual(['href', 'id']);
    expect(plain).toMatchObject({ id: payment.id, amount: 1545, tipAmount: 200, result: 'SUCCESS' });
    expect(plain.refunds).toBeUndefined();
  });

  it('CL32 expands refunds, its order and who ordered, in one call', async () => {
    const expanded = cloverSchemas.payment.parse(await read(`${paymentPath}?expand=refunds%2Corder%2Corder.customers`));
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
  it('CL33 has the fields, and the types of fields, of a real one', async () => {
    const { lineItems, ...fields } = await read(`${orderPath}?expand=lineItems`);
    const { lineItems: officialItems, ...officialFields } = officialOrder;
    const typesOf = (object: object) => Object.entries(object).map(([name, value]) => `${name}: ${typeof value}`);
    expect(typesOf(officialFields)).toEqual(expect.arrayContaining(typesOf(fields)));
    expect(typesOf(officialItems.elements[0])).toEqual(expect.arrayContaining(typesOf(lineItems.elements[0])));
    expect(Object.keys(fields.employee.orders)).toEqual(Object.keys(officialFields.employee.orders));
  });

  it('CL37 CL38 CL39 tells what its lines cost only when it is asked to, and their tags always', async () => {
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

  it('CL34 CL36 brings its payments along with their refunds', async () => {
    const body = await read(`${orderPath}?expand=payments.refunds,customers,lineItems`);
    expect(body.payments).toMatchObject({ elements: [{ id: payment.id, refunds: { elements: [{ amount: 500 }] } }] });
    expect(body.customers.elements[0].emailAddresses).toEqual({ href: expect.stringContaining('/emailAddresses') });
    clover.setOrder(merchant.id, { ...order, id: 'EMPTY00000000' });
    const empty = await read(`${merchant.id}/orders/EMPTY00000000?expand=payments`);
    expect(empty).toMatchObject({ state: 'open', payments: { elements: [] } });
  });

  it('CL35 shows a hundred rows of a nested list, and no more', async () => {
    const lineItems = Array.from({ length: 101 }, (_, index) => ({ id: `L${index}`, name: 'Tea', price: 1 }));
    clover.setOrder(merchant.id, { ...order, lineItems });
    const { total, lineItems: shown } = await read(`${orderPath}?expand=lineItems`);
    expect([total, shown.elements.length]).toEqual([101, 100]);
  });

  it('is of the same kind as one that Clover sent', () => {
    expect(() => cloverSchemas.order.parse(officialOrder)).not.toThrow();
  });
});

describe('the merchant', () => {
  it('CL50 has a name, and a currency and a time zone when they are expanded', async () => {
    clover.addMerchant({ id: 'M1', accessToken: 'm1', name: 'Corner', currency: 'CAD', timeZone: 'America/Toronto' });
    const [plain, full] = [await call('M1', 'm1'), await call('M1?expand=properties', 'm1')];
    expect(await plain.json()).toMatchObject({ id: 'M1', name: 'Corner', properties: { href: expect.any(String) } });
    expect(await full.json()).toMatchObject({ properties: { defaultCurrency: 'CAD', timezone: 'America/Toronto' } });
    expect((await call('M1?expand=employees', 'm1')).status).toBe(400);
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
  ])('CL30 CL31 CL40 %s', async (_name, path, token, status) => {
    const response = await call(path, token);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it('CL40 anything but a read', async () => {
    expect((await call(paymentPath, merchant.accessToken, { method: 'DELETE' })).status).toBe(405);
  });
});

describe('a planned fault', () => {
  it('is met in the words of Clover', async () => {
    clover.faults.plan({ fault: 'rate_limited_silent' });
    clover.faults.plan({ fault: 'server_error' });
    clover.faults.plan({ fault: 'unavailable', seconds: 7 });
    const [limited, failed, down] = [await call(paymentPath), await call(paymentPath), await call(paymentPath)];
    expect([limited.status, limited.headers.get('X-RateLimit-tokenLimit'), limited.headers.get('retry-after')]).toEqual(
      [429, '16', null],
    );
    expect(await failed.json()).toEqual({ message: '500 Internal Server Error' });
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '7']);
    expect((await call(paymentPath)).status).toBe(200);
  });

  it('can be an amount in another currency', async () => {
    clover.faults.plan({ fault: 'wrong_currency', times: 2 });
    expect(await read(`${paymentPath}?expand=order`)).toMatchObject({ order: { currency: 'EUR' } });
    expect(await read(orderPath)).toMatchObject({ currency: 'EUR' });
    expect(await read(orderPath)).toMatchObject({ currency: 'USD' });
  });
});

it('records what was asked, and no token', async () => {
  clover.faults.plan({ fault: 'html' });
  await call(`${paymentPath}?expand=refunds,order`);
  await call(orderPath, null);
  expect(clover.requests()).toMatchObject([
    { path: `/v3/merchants/${paymentPath}`, query: 'expand=refunds%2Corder', status: 200, fault: 'html' },
    { path: `/v3/merchants/${orderPath}`, query: '', status: 401, fault: null },
  ]);
  expect(JSON.stringify(clover.requests())).not.toContain(merchant.accessToken);
});

it('stops with a request still open', async () => {
  clover.faults.plan({ fault: 'no_answer' });
  const open = call(paymentPath);
  const refused = expect(open).rejects.toThrow('fetch failed');
  while (clover.requests().length === 0) await new Promise(setImmediate);
  await clover.stop();
  await refused;
});
