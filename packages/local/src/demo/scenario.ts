import { cloverDelivery, cloverHeaders } from '@tributary/sandbox/clover/delivery';
import { squareSample } from '@tributary/sandbox/square/sample';
import { signSquare, squareHeaders, squarePaymentEvent, squareRefundEvent } from '@tributary/sandbox/square/webhook';
import { cloverApp, shop } from './merchants.ts';

/** One HTTP request a provider makes, and what a person should know about it. */
export interface Post {
  story: string;
  path: '/webhooks/square' | '/webhooks/clover';
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

const time = (minute: number) => new Date(Date.UTC(2026, 10, 2, 9, minute)).toISOString();

const json = (said: object) => Buffer.from(JSON.stringify(said));

export interface Signing {
  squareKey: string;
  squareUrl: string;
}

/** A morning's webhooks: sales, a refund told before its sale, a copy, and requests that are not what they claim to be. */
export function morning({ squareKey, squareUrl }: Signing): Post[] {
  const square = (story: string, body: Buffer, key = squareKey): Post => {
    return {
      story,
      path: '/webhooks/square',
      headers: squareHeaders(signSquare(key, squareUrl, body), time(30)),
      body,
    };
  };
  const sale = { merchantId: shop.square, type: 'payment.updated' as const };
  const anna = squarePaymentEvent({
    ...sale,
    eventId: 'demo-1',
    paymentId: 'ANNA-1',
    customerId: 'SQUARE-ANNA',
    amountMinor: 4250,
    tipMinor: 500,
    createdAt: time(0),
  });
  const bob = squarePaymentEvent({
    ...sale,
    eventId: 'demo-2',
    paymentId: 'BOB-1',
    customerId: 'SQUARE-BOB',
    amountMinor: 1999,
    createdAt: time(3),
  });
  const bobRefund = squareRefundEvent({
    merchantId: shop.square,
    eventId: 'demo-3',
    refundId: 'BOB-1-REFUND',
    paymentId: 'BOB-1',
    amountMinor: 1000,
    createdAt: time(9),
  });
  const annaRefund = squareRefundEvent({
    merchantId: shop.square,
    eventId: 'demo-4',
    refundId: 'ANNA-1-REFUND',
    paymentId: 'ANNA-1',
    amountMinor: 1000,
    createdAt: time(15),
  });
  const elsewhere = squarePaymentEvent({
    ...sale,
    merchantId: 'NOBODY',
    eventId: 'demo-5',
    paymentId: 'X-1',
    amountMinor: 100,
    createdAt: time(1),
  });
  const hint = cloverDelivery(cloverApp, {
    [shop.clover]: [{ objectId: 'P:PAYVJTABCRRSC', type: 'CREATE', ts: Date.parse(time(20)) }],
  });
  return [
    square("Square's sample payment.created, as published", squareSample('payment.created')),
    square("Square's sample payment.updated: completed, no customer", squareSample('payment.updated')),
    square("Square's sample refund.updated, of a payment never told", squareSample('refund.updated')),
    square('Anna buys for $42.50 and tips $5.00', json(anna)),
    square('the same delivery again', json(anna)),
    square("Bob's refund of $10.00 arrives before his sale", json(bobRefund)),
    square('Bob bought for $19.99', json(bob)),
    square('Anna gets $10.00 of her first sale back', json(annaRefund)),
    square('a sale of a merchant nobody has connected: parked', json(elsewhere)),
    square('a sale signed with a wrong key', json({ ...anna, event_id: 'forged' }), 'not-the-key'),
    {
      story: 'a Clover request with a wrong code',
      path: '/webhooks/clover',
      headers: cloverHeaders('not-the-code'),
      body: json(hint),
    },
  ];
}
