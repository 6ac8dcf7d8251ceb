import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Merchant } from './merchant.ts';
import type { SquareSandboxOptions } from './sandbox.ts';
import { squareEnvelope, squarePayment, squareRefund } from './schemas.ts';
import { createTestSquare, dayMs, minuteMs, proves, startedAt, type TestSquare } from './square.fixture.ts';

const notificationUrl = 'https://app.example/webhooks/square?via=gateway';
const application = { token: 'EAAAl-application' };

interface Received {
  headers: Record<string, string>;
  bytes: Buffer;
}

let square: TestSquare;
let merchant: Merchant;
let subscription: { id: string; signatureKey: string };
let received: Received[] = [];
let answer: () => Response = () => new Response(null, { status: 200 });

const receiver: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  const bytes = Buffer.from(await request.arrayBuffer());
  received.push({ headers: Object.fromEntries(request.headers), bytes });
  return answer();
};
const start = (options: SquareSandboxOptions = {}) => {
  received = [];
  answer = () => new Response(null, { status: 200 });
  square = createTestSquare({ webhookFetch: receiver, ...options });
  merchant = square.sandbox.merchant();
  subscription = square.sandbox.subscribe({ notificationUrl });
};
beforeEach(() => start());

const events = () => received.map(({ bytes }) => squareEnvelope.parse(JSON.parse(bytes.toString())));
const types = () => events().map(({ type }) => type);
const isSignedWith = (key: string, { headers, bytes }: Received) =>
  headers['x-square-hmacsha256-signature'] ===
  createHmac('sha256', key).update(notificationUrl).update(bytes).digest('base64');

describe('what is told', () => {
  it(proves('webhook_types'), async () => {
    const { id } = merchant.takePayment({ amountMinor: 1000 });
    await square.clock.advance(0);
    expect(types()).toEqual(['payment.created', 'payment.updated', 'order.updated']);
    const refund = merchant.refundPayment({ paymentId: id });
    await square.clock.advance(0);
    expect(types().slice(3)).toEqual(['refund.created', 'refund.updated', 'payment.updated']);
    const objects = events().map(({ data }) => data.object ?? {});
    expect(objects.map(Object.keys)).toEqual([
      ['payment'],
      ['payment'],
      ['order_updated'],
      ['refund'],
      ['refund'],
      ['payment'],
    ]);
    expect(squarePayment.parse(objects[0]?.payment).status).toBe('APPROVED');
    expect(squarePayment.parse(objects[1]?.payment).status).toBe('COMPLETED');
    expect(squareRefund.parse(objects[3]?.refund).status).toBe('PENDING');
    expect(squareRefund.parse(objects[4]?.refund)).toEqual(refund);
    expect(squarePayment.parse(objects[5]?.payment)).toEqual(merchant.payments()[0]);
    expect(new Set(events().map(({ event_id }) => event_id)).size).toBe(6);
    expect(events().map(({ merchant_id }) => merchant_id)).toEqual(Array.from({ length: 6 }, () => 'M1'));
  });

  it(proves('webhook_scopes'), async () => {
    const other = square.sandbox.addMerchant({ id: 'M2' });
    other.takePayment({ amountMinor: 1 });
    square.sandbox.authorize('M2', ['ORDERS_READ']);
    other.takePayment({ amountMinor: 2 });
    await square.clock.advance(0);
    expect(types()).toEqual(['order.updated']);
  });

  it(proves('revoked_webhook'), async () => {
    merchant.revokeApplication();
    merchant.takePayment({ amountMinor: 1 });
    square.sandbox.authorize('M1', []);
    square.sandbox.revoke('M1');
    await square.clock.advance(0);
    expect(types()).toEqual(['oauth.authorization.revoked', 'oauth.authorization.revoked']);
    expect(events().map(({ data }) => data.object?.revocation)).toEqual([
      { revoked_at: startedAt.toISOString(), revoker_type: 'MERCHANT' },
      { revoked_at: startedAt.toISOString(), revoker_type: 'SQUARE' },
    ]);
  });

  it('is told to the subscriptions of the type alone', async () => {
    start();
    square.sandbox.subscribe({ notificationUrl: 'https://app.example/refunds', eventTypes: ['refund.created'] });
    const { id } = merchant.takePayment({ amountMinor: 5 });
    merchant.refundPayment({ paymentId: id, status: 'PENDING' });
    await square.clock.advance(0);
    expect(square.sandbox.attempts().filter(({ url }) => url.endsWith('/refunds'))).toMatchObject([
      { topic: 'refund.created' },
    ]);
  });
});

describe('a delivery', () => {
  it(proves('webhook_signed'), async () => {
    merchant.takePayment({ amountMinor: 1 });
    await square.clock.advance(0);
    expect(received).toHaveLength(3);
    for (const request of received) expect(isSignedWith(subscription.signatureKey, request)).toBe(true);
    expect(isSignedWith('another', received[0] as Received)).toBe(false);
  });

  it(proves('webhook_headers'), async () => {
    answer = () => new Response(null, { status: 500 });
    merchant.takePayment({ amountMinor: 1, status: 'APPROVED' });
    await square.clock.advance(0);
    answer = () => {
      throw new DOMException('late', 'TimeoutError');
    };
    await square.clock.advance(3 * minuteMs);
    const shown = received.map(({ headers }) => [
      headers['square-initial-delivery-timestamp'],
      headers['square-retry-number'],
      headers['square-retry-reason'],
    ]);
    const first = startedAt.toISOString();
    expect(shown).toEqual([
      [first, undefined, undefined],
      [first, '1', 'http_error'],
      [first, '2', 'http_timeout'],
    ]);
    expect(received[0]?.headers).toMatchObject({ 'square-environment': 'Sandbox', 'content-type': 'application/json' });
    expect(new Set(received.map(({ bytes }) => bytes.toString())).size).toBe(1);
  });

  it.each([
    [200, 1],
    [204, 1],
    [302, 2],
    [404, 2],
  ])(`${proves('webhook_ack')} (%i)`, async (status, attempts) => {
    answer = () => new Response(null, { status });
    merchant.takePayment({ amountMinor: 1, status: 'APPROVED' });
    await square.clock.advance(minuteMs);
    expect(received).toHaveLength(attempts);
  });

  it.each([
    ['current', [1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480]],
    ['older', [1, 2, 4, 8, 16, 32, ...Array.from({ length: 72 }, () => 60)]],
  ] as const)(`${proves('webhook_retries')} (%s)`, async (webhookRetries, minutes) => {
    start({ webhookRetries });
    answer = () => new Response(null, { status: 503 });
    merchant.takePayment({ amountMinor: 1, status: 'APPROVED' });
    await square.clock.advance(7 * dayMs);
    const times = square.sandbox.attempts().map(({ at }) => Date.parse(at) / minuteMs);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual(minutes);
  });

  it(proves('webhook_key_rotated'), async () => {
    answer = () => new Response(null, { status: 500 });
    merchant.takePayment({ amountMinor: 1, status: 'APPROVED' });
    await square.clock.advance(0);
    const path = `POST /v2/webhooks/subscriptions/${subscription.id}/signature-key`;
    const { signature_key: key } = (await square.ask(path, application)).body;
    await square.clock.advance(minuteMs);
    expect(received.map((request) => isSignedWith(subscription.signatureKey, request))).toEqual([true, false]);
    expect(isSignedWith(key, received[1] as Received)).toBe(true);
    expect(square.sandbox.rotateSignatureKey(subscription.id)).not.toBe(key);
    expect(await square.refusal('POST /v2/webhooks/subscriptions/x/signature-key', application)).toEqual([
      404,
      'NOT_FOUND',
    ]);
  });

  it(proves('webhook_disabled'), async () => {
    const shown = async () => (await square.ask('GET /v2/webhooks/subscriptions', application)).body.subscriptions;
    answer = () => new Response(null, { status: 500 });
    for (let day = 0; day < 20; day += 1) {
      merchant.takePayment({ amountMinor: 1, status: 'APPROVED' });
      await square.clock.advance(dayMs);
    }
    expect(await shown()).toMatchObject([{ id: subscription.id, enabled: true }]);
    merchant.takePayment({ amountMinor: 1, status: 'APPROVED' });
    await square.clock.advance(2 * dayMs);
    expect(await shown()).toBeUndefined();
    const all = await square.ask('GET /v2/webhooks/subscriptions?include_disabled=true', application);
    expect(all.body.subscriptions).toMatchObject([{ enabled: false }]);
    received = [];
    merchant.takePayment({ amountMinor: 1 });
    await square.clock.advance(dayMs);
    expect(received).toEqual([]);
  });

  it('meets the faults of its way', async () => {
    square.sandbox.faults.plan({ fault: 'drop', on: ({ topic }) => topic === 'payment.created' });
    square.sandbox.faults.plan({ fault: 'duplicate', on: ({ topic }) => topic === 'order.updated' });
    merchant.takePayment({ amountMinor: 1 });
    await square.clock.advance(0);
    expect(types()).toEqual(['payment.updated', 'order.updated', 'order.updated']);
    expect(square.sandbox.faultedDeliveries()).toMatchObject([{ fault: 'drop' }, { fault: 'duplicate' }]);
  });
});

describe(proves('webhook_test'), () => {
  const test = (body: object = {}) =>
    square.ask(`POST /v2/webhooks/subscriptions/${subscription.id}/test`, { ...application, body });

  it('without a type', async () => {
    answer = () => new Response(null, { status: 404 });
    const { subscription_test_result: result } = (await test()).body;
    expect(result).toMatchObject({ status_code: 404, payload: received[0]?.bytes.toString() });
    const [event] = events();
    expect(event).toMatchObject({ type: 'webhooks.test_notification', event_id: result.id });
    expect(event?.data).toEqual({ type: 'webhooks', id: expect.any(String) });
    expect(isSignedWith(subscription.signatureKey, received[0] as Received)).toBe(true);
    await square.clock.advance(dayMs);
    expect(received).toHaveLength(1);
  });

  it.each(['payment.created', 'refund.updated', 'order.updated', 'oauth.authorization.revoked'])(
    'of %s',
    async (type) => {
      await test({ event_type: type });
      expect(types()).toEqual([type]);
    },
  );

  it('of a type that is not subscribed is refused', async () => {
    const path = `POST /v2/webhooks/subscriptions/${subscription.id}/test`;
    const body = { event_type: 'invoice.created' };
    expect(await square.refusal(path, { ...application, body })).toEqual([400, 'INVALID_VALUE']);
    expect(received).toEqual([]);
  });

  it('whose receiver does not answer has no status', async () => {
    answer = () => {
      throw new TypeError('fetch failed');
    };
    expect((await test()).body.subscription_test_result).not.toHaveProperty('status_code');
  });
});
