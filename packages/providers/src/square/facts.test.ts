import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '@tributary/core/canonical-json';
import { describe, expect, it } from 'vitest';
import { explode } from './explode.ts';
import { factsOf } from './facts.ts';
import { squarePayment, toFact as toPaymentFact } from './payment.ts';
import { squareRefund, toFact as toRefundFact } from './refund.ts';

const folder = join(import.meta.dirname, '../../test/payloads/square');
const read = (name: string) => readFileSync(join(folder, name));
const eventOf = (type: string) => {
  const [event] = explode(read(`webhook.${type}.json`));
  if (!event) throw new Error(`no event in ${type}`);
  return event;
};
const factsOfSample = (type: string) => factsOf(eventOf(type));

function paymentWith(change: Record<string, Json>) {
  const { payment } = eventOf('payment.updated').payload as { payment: Record<string, Json> };
  return { type: 'payment.updated', payload: { payment: { ...payment, ...change } } };
}

function refundWith(change: Record<string, Json>) {
  const { refund } = eventOf('refund.updated').payload as { refund: Record<string, Json> };
  return { type: 'refund.updated', payload: { refund: { ...refund, ...change } } };
}

describe('payments (S1-058 to S1-064)', () => {
  const completed = {
    kind: 'payment',
    provider: 'square',
    externalId: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY',
    status: 'completed',
    amountMinor: 100,
    tipMinor: 0,
    taxMinor: null,
    refundedMinor: 0,
    currency: 'USD',
    customer: null,
    lineItems: null,
    takenAt: new Date('2020-11-22T21:16:51.086Z'),
    version: new Date('2020-11-22T21:19:00.831Z'),
  };

  it('reads payment.updated', () => expect(factsOfSample('payment.updated')).toEqual([completed]));

  it('reads payment.created as an earlier version of the same payment, by the id of the object and not of the event', () => {
    expect(factsOfSample('payment.created')).toEqual([
      { ...completed, status: 'pending', version: new Date('2020-11-22T21:16:51.198Z') },
    ]);
  });

  it('reads a polled payment as the same fact as a pushed one', () => {
    const [polled] = JSON.parse(read('api.ListPaymentsResponse.json').toString()).payments;
    const fact = toPaymentFact(squarePayment.parse(polled));
    expect(factsOf({ type: 'payment.updated', payload: { payment: polled } })).toEqual([fact]);
    expect(fact).toMatchObject({ amountMinor: 555, status: 'completed', externalId: 'bP9mAsEMYPUGjjGNaNO5ZDVyLhSZY' });
  });

  it.each([
    ['COMPLETED', 'completed'],
    ['APPROVED', 'pending'],
    ['PENDING', 'pending'],
    ['CANCELED', 'cancelled'],
    ['FAILED', 'failed'],
    ['completed', 'completed'],
    ['SOMETHING_NEW', 'pending'],
    ['constructor', 'pending'],
  ])('maps status %s to %s', (status, expected) => {
    expect(factsOf(paymentWith({ status }))).toMatchObject([{ status: expected }]);
  });

  it('keeps tip and refunds apart from the amount', () => {
    const event = paymentWith({
      tip_money: { amount: 20, currency: 'USD' },
      refunded_money: { amount: 45, currency: 'USD' },
      total_money: { amount: 120, currency: 'USD' },
    });
    expect(factsOf(event)).toMatchObject([{ amountMinor: 100, tipMinor: 20, refundedMinor: 45 }]);
  });

  it.each([
    [
      { customer_id: 'C1', buyer_email_address: ' ann@example.com ' },
      { externalId: 'C1', email: 'ann@example.com' },
    ],
    [{ customer_id: 'C1' }, { externalId: 'C1' }],
    [{ customer_id: '', buyer_email_address: null }, null],
  ])('knows the customer as far as Square does (S1-062, %#)', (change, customer) => {
    expect(factsOf(paymentWith(change))).toMatchObject([{ customer }]);
    expect(factsOf(paymentWith(change))[0]).toHaveProperty('customer', customer);
  });

  it('falls back to created_at when there is no updated_at', () => {
    expect(factsOf(paymentWith({ updated_at: null }))).toMatchObject([{ version: completed.takenAt }]);
  });

  it.each([
    ['no amount', { amount_money: null }],
    ['a negative amount', { amount_money: { amount: -1, currency: 'USD' } }],
    ['a fraction of a cent', { amount_money: { amount: 1.5, currency: 'USD' } }],
    ['an amount beyond exact integers', { amount_money: { amount: 2 ** 53, currency: 'USD' } }],
    ['an amount in words', { amount_money: { amount: '100', currency: 'USD' } }],
    ['no currency', { amount_money: { amount: 1, currency: '' } }],
    ['no id', { id: '' }],
    ['a time without zone', { created_at: '2020-11-22T21:16:51' }],
    ['a day that does not exist', { created_at: '2020-02-30T00:00:00Z' }],
  ])('refuses a payment with %s for good', (_, change) => {
    expect(() => factsOf(paymentWith(change))).toThrowError(
      expect.objectContaining({ name: 'PermanentFailure', reason: 'invalid_payload' }),
    );
  });

  it('never says what the refused value was', () => {
    const event = paymentWith({ buyer_email_address: ['ann@example.com'] });
    expect(() => factsOf(event)).toThrowError('payment.updated does not fit: payment.buyer_email_address');
  });
});

describe('refunds', () => {
  it('reads refund.created and refund.updated as two versions of one refund', () => {
    const refund = {
      kind: 'refund',
      provider: 'square',
      externalId: 'KkAkhdMsgzn59SM8A89WgKwekxLZY_ptNBVqHYxt5gAdfcobBe4u1AZsXhoz06KTtuq9Ls24P',
      paymentExternalId: 'KkAkhdMsgzn59SM8A89WgKwekxLZY',
      amountMinor: 1000,
      currency: 'USD',
    };
    expect([...factsOfSample('refund.created'), ...factsOfSample('refund.updated')]).toEqual([
      { ...refund, status: 'pending', version: new Date('2020-02-06T21:27:41.846Z') },
      { ...refund, status: 'completed', version: new Date('2020-02-06T22:14:16.381Z') },
    ]);
  });

  it('reads a polled refund', () => {
    const [polled] = JSON.parse(read('api.ListPaymentRefundsResponse.json').toString()).refunds;
    expect(toRefundFact(squareRefund.parse(polled))).toMatchObject({ amountMinor: 555, status: 'completed' });
  });

  it.each([
    ['REJECTED', 'rejected'],
    ['FAILED', 'failed'],
    ['NEW_WORD', 'pending'],
    [null, 'pending'],
  ])('maps status %s to %s', (status, expected) => {
    expect(factsOf(refundWith({ status }))).toMatchObject([{ status: expected }]);
  });

  it('has no fact for a refund of no payment', () => expect(factsOf(refundWith({ payment_id: null }))).toEqual([]));
});

describe('revocations', () => {
  it('reads oauth.authorization.revoked, nanoseconds and all', () => {
    expect(factsOfSample('oauth.authorization.revoked')).toEqual([
      { kind: 'revocation', provider: 'square', at: new Date('2020-08-14T15:51:00.246Z') },
    ]);
  });

  const undated = { type: 'oauth.authorization.revoked', payload: { revocation: { revoker_type: 'MERCHANT' } } };
  it('takes the time of the event when the revocation has none', () => {
    const occurredAt = new Date('2020-08-14T15:51:04Z');
    expect(factsOf({ ...undated, occurredAt })).toEqual([{ kind: 'revocation', provider: 'square', at: occurredAt }]);
  });
  it('refuses one that says no time at all', () => {
    expect(() => factsOf(undated)).toThrowError(expect.objectContaining({ reason: 'invalid_payload' }));
  });
});

it.each(['order.created', 'order.updated', 'loyalty.account.created', 'loyalty.event.created', 'location.created'])(
  'has no fact for %s',
  (type) => expect(factsOfSample(type)).toEqual([]),
);

it.each(['constructor', '__proto__', ''])('has no fact for the type %j', (type) => {
  expect(factsOf({ type, payload: null })).toEqual([]);
});

it.each(['payment.updated', 'refund.created', 'oauth.authorization.revoked'])(
  'refuses %s without its object',
  (type) => {
    for (const payload of [null, {}, { order: {} }, 'text']) {
      expect(() => factsOf({ type, payload })).toThrowError(expect.objectContaining({ reason: 'invalid_payload' }));
    }
  },
);
