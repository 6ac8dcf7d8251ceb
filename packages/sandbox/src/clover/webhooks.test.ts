import { beforeEach, describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../kernel/virtual-clock.ts';
import { type CloverSandbox, type CloverSandboxOptions, createCloverSandbox } from './clover-sandbox.ts';
import { cloverSchemas } from './schemas.ts';

const minute = 60_000;
const startMs = new Date('2026-11-21T12:00:00Z').getTime();
const hook = 'https://receiver.invalid/webhooks/clover';

let clock: VirtualClock;
let clover: CloverSandbox;
let received: { url: string; headers: Record<string, string>; said: unknown }[];
let answers: number[];
const receiver: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  received.push({ url: request.url, headers: Object.fromEntries(request.headers), said: await request.json() });
  return new Response(null, { status: answers.shift() ?? 200 });
};
const create = (options: Partial<CloverSandboxOptions> = {}) => {
  clover = createCloverSandbox({
    merchants: [{ id: 'M1' }, { id: 'M2' }],
    app: { id: 'APP' },
    timeline: clock,
    webhook: { url: hook, authCode: 'the-code', fetch: receiver },
    ...options,
  });
};
beforeEach(() => {
  clock = createVirtualClock(new Date(startMs));
  [received, answers] = [[], []];
  create();
});
const deliveries = () => received.map(({ said }) => cloverSchemas.delivery.parse(said));
const changesOf = (merchantId: string) => deliveries().flatMap(({ merchants }) => merchants[merchantId] ?? []);
const toldOf = (merchantId: string) => changesOf(merchantId).map(({ objectId, type }) => `${objectId} ${type}`);

describe('a delivery', () => {
  it('CL70 CL71 has the changes of all merchants within a second, under one fixed code', async () => {
    const one = clover.takePayment('M1', { amount: 100 });
    await clock.advance(500);
    const other = clover.takePayment('M2', { amount: 200 });
    expect(received).toEqual([]);
    await clock.advance(500);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      url: hook,
      headers: { 'x-clover-auth': 'the-code', 'content-type': 'application/json' },
    });
    expect(deliveries()).toEqual([
      {
        appId: 'APP',
        merchants: {
          M1: [
            { objectId: `O:${one.orderId}`, type: 'CREATE', ts: startMs },
            { objectId: `P:${one.id}`, type: 'CREATE', ts: startMs },
          ],
          M2: [
            { objectId: `O:${other.orderId}`, type: 'CREATE', ts: startMs + 500 },
            { objectId: `P:${other.id}`, type: 'CREATE', ts: startMs + 500 },
          ],
        },
      },
    ]);
    clover.voidPayment('M1', one.id);
    await clock.advance(1000);
    expect(received[1]?.headers['x-clover-auth']).toBe('the-code');
  });

  it('CL73 CL74 comes again until it is answered by 200, and then no more', async () => {
    answers = [500, 204, 302, 200];
    clover.takePayment('M1', { amount: 100 });
    await clock.advance(24 * 60 * minute);
    const minutesAfter = clover.webhooks.attempts().map(({ at }) => (Date.parse(at) - startMs - 1000) / minute);
    expect(minutesAfter).toEqual([0, 1, 6, 36]);
    expect(new Set(received.map(({ said }) => JSON.stringify(said))).size).toBe(1);
  });

  it('CL74 is given up after the fifth attempt', async () => {
    answers = Array.from({ length: 9 }, () => 503);
    clover.takePayment('M1', { amount: 100 });
    await clock.advance(24 * 60 * minute);
    expect(clover.webhooks.attempts()).toHaveLength(5);
  });

  it('can be dropped, doubled and overtaken', async () => {
    const sell = async (amount: number) => {
      clover.takePayment('M1', { amount });
      await clock.advance(1000);
      return deliveries().length;
    };
    for (const fault of ['drop', 'duplicate', 'reorder'] as const) clover.faults.plan({ fault });
    expect([await sell(1), await sell(2), await sell(3), await sell(4)]).toEqual([0, 2, 2, 4]);
    expect(clover.webhooks.faulted().map(({ fault }) => fault)).toEqual(['drop', 'duplicate', 'reorder']);
  });

  it('is not sent by a simulator that has stopped, or without an address', async () => {
    clover.takePayment('M1', { amount: 100 });
    await clover.stop();
    await clock.advance(minute);
    create({ webhook: { fetch: receiver } });
    clover.takePayment('M1', { amount: 100 });
    await clock.advance(minute);
    expect(received).toEqual([]);
  });
});

describe('what a merchant does', () => {
  it('CL76 CL77 is told by key and type, a refund as changes of payment and order', async () => {
    const { id, orderId } = clover.takePayment('M1', { amount: 100, tipAmount: 5, lineItems: [] });
    clover.refund('M1', id, 40);
    clover.changeOrder('M1', orderId, { total: 90 });
    clover.deleteOrder('M1', orderId);
    clover.deleteOrder('M1', 'NO-SUCH-ORDER');
    clover.refund('M1', id, 10);
    await clock.advance(1000);
    expect(toldOf('M1')).toEqual([
      `O:${orderId} CREATE`,
      `P:${id} CREATE`,
      `P:${id} UPDATE`,
      `O:${orderId} UPDATE`,
      `O:${orderId} UPDATE`,
      `O:${orderId} DELETE`,
      `P:${id} UPDATE`,
    ]);
  });

  it('stands in the account with the time of its change', async () => {
    create({ merchants: [{ id: 'M1', accessToken: 't', currency: 'CAD' }] });
    const { id } = clover.takePayment('M1', { amount: 100, tipAmount: 5, customers: [{ id: 'ADA' }] });
    await clock.advance(minute);
    const refund = clover.refund('M1', id, 40);
    const url = `${clover.url}/v3/merchants/M1/payments/${id}?expand=refunds,order,order.customers`;
    const shown = await (await clover.fetch(url, { headers: { authorization: 'Bearer t' } })).json();
    expect(shown).toMatchObject({
      amount: 100,
      tipAmount: 5,
      createdTime: startMs,
      modifiedTime: startMs + minute,
      refunds: { elements: [{ id: refund.id, amount: 40, createdTime: startMs + minute }] },
      order: { currency: 'CAD', total: 100, modifiedTime: startMs + minute, customers: { elements: [{ id: 'ADA' }] } },
    });
    expect(() => clover.refund('M1', 'NONE', 1)).toThrow('has no NONE');
    expect(() => clover.takePayment('M9', { amount: 1 })).toThrow('no merchant M9');
  });

  it('CL19 is told when it is the end, and a new beginning', async () => {
    clover.uninstall('M1');
    clover.takePayment('M1', { amount: 100 });
    clover.install('M1');
    await clock.advance(1000);
    expect(toldOf('M1')).toEqual(['A:APP DELETE', 'A:APP CREATE']);
  });

  it('CL75 is told only to who may read it, from the next installation', async () => {
    clover.setPermissions(['ORDERS_R']);
    const before = clover.takePayment('M1', { amount: 100 });
    clover.install('M1');
    const after = clover.takePayment('M1', { amount: 100 });
    await clock.advance(1000);
    expect(toldOf('M1')).toEqual([
      `O:${before.orderId} CREATE`,
      `P:${before.id} CREATE`,
      'A:APP CREATE',
      `O:${after.orderId} CREATE`,
    ]);
  });
});

describe('a new address', () => {
  it('CL72 gets nothing but a code, until a person has brought it back', async () => {
    clover.webhooks.setUrl('https://other.invalid/');
    clover.takePayment('M1', { amount: 1 });
    const first = clover.webhooks.sendVerificationCode();
    const code = clover.webhooks.sendVerificationCode();
    await clock.advance(1000);
    expect(received).toEqual([
      {
        url: 'https://other.invalid/',
        headers: { 'content-type': 'application/json' },
        said: { verificationCode: code },
      },
    ]);
    expect(() => clover.webhooks.verify(first)).toThrow('not the verification code');
    clover.takePayment('M1', { amount: 1 });
    const authCode = clover.webhooks.verify(code);
    expect(() => clover.webhooks.verify(code)).toThrow('not the verification code');
    const { id, orderId } = clover.takePayment('M1', { amount: 1 });
    await clock.advance(1000);
    expect(received[1]).toMatchObject({
      headers: { 'x-clover-auth': authCode },
      said: { merchants: { M1: [{ objectId: `O:${orderId}` }, { objectId: `P:${id}` }] } },
    });
    expect(authCode).not.toBe('the-code');
  });

  it('CL72 does not get what was on its way to the old one', async () => {
    answers = [503];
    clover.takePayment('M1', { amount: 1 });
    await clock.advance(1000);
    clover.takePayment('M1', { amount: 2 });
    clover.webhooks.setUrl('https://other.invalid/');
    const authCode = clover.webhooks.verify(clover.webhooks.sendVerificationCode());
    await clock.advance(24 * 60 * minute);
    expect(received.filter(({ url }) => url === hook)).toHaveLength(1);
    expect(JSON.stringify(received[0])).not.toContain(authCode);
  });
});
