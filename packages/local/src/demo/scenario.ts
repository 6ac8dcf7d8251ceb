import { cloverDelivery, cloverHeaders } from '@tributary/sandbox/clover/delivery';
import type { SandboxMerchant } from '@tributary/sandbox/clover/objects';
import { squareSample } from '@tributary/sandbox/square/sample';
import { signSquare, squareHeaders, squarePaymentEvent, squareRefundEvent } from '@tributary/sandbox/square/webhook';

/** One HTTP request a provider makes, and what a person should know about it. */
export interface Post {
  story: string;
  path: '/webhooks/square' | '/webhooks/clover';
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** The merchant of Square's own sample payloads, and of Clover's. */
export const squareMerchant = '6SSW7HV8K2ST5';
export const cloverMerchant = 'XYZVJT2ZRRRSC';
const cloverApp = 'DRKVJT2ZRRRSC';
const cloverToken = 'demo-access-token';

const time = (minute: number) => new Date(Date.UTC(2026, 10, 2, 9, minute)).toISOString();

/** What Clover answers when it is asked about the payments its webhooks hint at. */
export const cloverAccount: SandboxMerchant = {
  id: cloverMerchant,
  accessToken: cloverToken,
  orders: [
    {
      id: 'ABCVJTABCRRSC',
      currency: 'USD',
      createdTime: Date.parse(time(20)),
      modifiedTime: Date.parse(time(20)),
      customers: [{ id: 'CLOVER-CARLA' }],
      lineItems: [{ id: 'LINE1', name: 'Flat white and cake', price: 1545 }],
    },
  ],
  payments: [
    {
      id: 'PAYVJTABCRRSC',
      orderId: 'ABCVJTABCRRSC',
      amount: 1545,
      tipAmount: 200,
      result: 'SUCCESS',
      createdTime: Date.parse(time(20)),
      modifiedTime: Date.parse(time(21)),
    },
  ],
};

const json = (said: object) => Buffer.from(JSON.stringify(said));

export interface Secrets {
  squareKey: string;
  squareUrl: string;
  cloverCode: string;
}

/** A morning at two tills: sales, a refund told before its sale, copies, and requests that are not what they claim to be. */
export function morning({ squareKey, squareUrl, cloverCode }: Secrets): Post[] {
  const square = (story: string, body: Buffer, key = squareKey): Post => {
    return {
      story,
      path: '/webhooks/square',
      headers: squareHeaders(signSquare(key, squareUrl, body), time(30)),
      body,
    };
  };
  const clover = (story: string, said: object, code = cloverCode): Post => {
    return { story, path: '/webhooks/clover', headers: cloverHeaders(code), body: json(said) };
  };
  const sale = { merchantId: squareMerchant, type: 'payment.updated' as const };
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
    merchantId: squareMerchant,
    eventId: 'demo-3',
    refundId: 'BOB-1-REFUND',
    paymentId: 'BOB-1',
    amountMinor: 1000,
    createdAt: time(9),
  });
  const annaAgain = squarePaymentEvent({
    ...sale,
    eventId: 'demo-4',
    paymentId: 'ANNA-2',
    customerId: 'SQUARE-ANNA',
    amountMinor: 800,
    createdAt: time(12),
  });
  const annaRefund = squareRefundEvent({
    merchantId: squareMerchant,
    eventId: 'demo-6',
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
  const hints = cloverDelivery(cloverApp, {
    [cloverMerchant]: [{ objectId: 'P:PAYVJTABCRRSC', type: 'CREATE', ts: Date.parse(time(20)) }],
  });
  return [
    square("Square's sample payment.created, as published", squareSample('payment.created')),
    square("Square's sample payment.updated: completed, no customer", squareSample('payment.updated')),
    square("Square's sample refund.updated, of a payment never told", squareSample('refund.updated')),
    square('Anna buys for $42.50 and tips $5.00', json(anna)),
    square('the same delivery again', json(anna)),
    square("Bob's refund of $10.00 arrives before his sale", json(bobRefund)),
    square('Bob bought for $19.99', json(bob)),
    square('Anna buys for $8.00', json(annaAgain)),
    square('Anna gets $10.00 of her first sale back', json(annaRefund)),
    square('a sale of a merchant nobody has connected: parked', json(elsewhere)),
    square('a sale signed with a wrong key', json({ ...anna, event_id: 'forged' }), 'not-the-key'),
    clover('Clover hints at a payment of Carla; we ask for it', hints),
    clover('the same hint again', hints),
    clover('a Clover request with a wrong code', hints, 'not-the-code'),
  ];
}

/** Clover's side of the connection, for the one who connects it. */
export const cloverAccess = { accountRef: cloverMerchant, accessToken: cloverToken };
