import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import paymentUpdated from './samples/payment.updated.json' with { type: 'json' };
import refundCreated from './samples/refund.created.json' with { type: 'json' };
import { signSquare, squareHeaders, squarePaymentEvent, squareRefundEvent } from './webhook.ts';

interface Vector {
  name: string;
  notificationUrl: string;
  signatureKey: string;
  body: string;
  signature: string;
  valid: boolean;
}

const readPayload = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/payloads/${name}`, import.meta.url), 'utf8'));

const { payment: sample } = paymentUpdated.data.object;
const input = {
  eventId: paymentUpdated.event_id,
  merchantId: paymentUpdated.merchant_id,
  paymentId: sample.id,
  amountMinor: 100,
  createdAt: sample.created_at,
  updatedAt: sample.updated_at,
};

describe('a payment event', () => {
  it("is Square's sample when given the sample's values", () => {
    expect(squarePaymentEvent(input)).toEqual({ ...paymentUpdated, created_at: sample.updated_at });
  });

  it('carries what it was given, and its totals agree', () => {
    const event = squarePaymentEvent({
      ...input,
      type: 'payment.created',
      status: 'APPROVED',
      amountMinor: 2000,
      tipMinor: 300,
      refundedMinor: 500,
      currency: 'CAD',
      customerId: 'CUST1',
      buyerEmail: 'ada@example.com',
    });
    expect(event.type).toBe('payment.created');
    expect(event.data.id).toBe(event.data.object.payment.id);
    expect(event.data.object.payment).toMatchObject({
      status: 'APPROVED',
      amount_money: { amount: 2000, currency: 'CAD' },
      tip_money: { amount: 300, currency: 'CAD' },
      total_money: { amount: 2300, currency: 'CAD' },
      refunded_money: { amount: 500, currency: 'CAD' },
      customer_id: 'CUST1',
      buyer_email_address: 'ada@example.com',
      card_details: { status: 'AUTHORIZED' },
    });
  });

  it('is the same for the same input, and shares nothing with the next', () => {
    const [first, second] = [squarePaymentEvent(input), squarePaymentEvent(input)];
    expect(first).toEqual(second);
    first.data.object.payment.card_details.status = 'changed';
    expect(squarePaymentEvent(input)).toEqual(second);
  });
});

describe('a refund event', () => {
  it("is Square's sample when given the sample's values", () => {
    const { refund } = refundCreated.data.object;
    const event = squareRefundEvent({
      eventId: refundCreated.event_id,
      merchantId: refundCreated.merchant_id,
      refundId: refund.id,
      paymentId: refund.payment_id,
      type: 'refund.created',
      status: 'PENDING',
      amountMinor: 1000,
      createdAt: refund.created_at,
      updatedAt: refund.updated_at,
    });
    expect(event).toEqual({ ...refundCreated, created_at: refund.updated_at });
  });

  it('is of a completed refund unless told otherwise', () => {
    const event = squareRefundEvent({ ...input, refundId: 'R1', amountMinor: 7, currency: 'EUR' });
    expect(event).toMatchObject({ type: 'refund.updated', data: { type: 'refund', id: 'R1' } });
    expect(event.data.object.refund).toMatchObject({
      status: 'COMPLETED',
      amount_money: { amount: 7, currency: 'EUR' },
    });
  });
});

describe('a signature', () => {
  it.each<Vector>(readPayload('square.signature.vectors.json'))(
    'of $name',
    ({ notificationUrl, signatureKey, body, signature, valid }) => {
      expect(signSquare(signatureKey, notificationUrl, Buffer.from(body)) === signature).toBe(valid);
    },
  );

  it('is over bytes: two bodies that decode alike are signed apart', () => {
    const sign = (byte: number[]) => signSquare('key', 'https://example.com/', Buffer.from(byte));
    expect(sign([0xff])).not.toBe(sign([0xef, 0xbf, 0xbd]));
  });

  it('travels in the headers Square sends with a first delivery', () => {
    const headers = squareHeaders('c2lnbmF0dXJl', '2026-11-20T12:00:00Z');
    const official = Object.keys(readPayload('square.webhook.headers.json')).map((name) => name.toLowerCase());
    expect(official).toEqual(expect.arrayContaining(Object.keys(headers)));
    expect(headers['x-square-hmacsha256-signature']).toBe('c2lnbmF0dXJl');
  });
});
