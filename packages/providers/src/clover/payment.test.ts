import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloverPayment, toFacts } from './payment.ts';

/** Shaped like `GET /v3/merchants/{mId}/payments/{id}?expand=refunds,order,order.customers`. */
const response = {
  id: 'PAYVJT2ZRRRSC',
  order: {
    id: 'ZK6BEAGXBPGST',
    currency: 'USD',
    total: 1545,
    customers: {
      elements: [
        {
          id: 'CUSVJT2ZRRRSC',
          emailAddresses: { elements: [{ id: 'E1', emailAddress: 'ann@example.com' }] },
          phoneNumbers: { elements: [{ id: 'N1', phoneNumber: '+14155550100' }] },
        },
      ],
    },
  },
  tender: { id: 'T1', label: 'Credit Card' },
  amount: 1545,
  tipAmount: 300,
  taxAmount: 120,
  cashbackAmount: 0,
  createdTime: 1_546_559_371_000,
  clientCreatedTime: 1_546_559_370_000,
  modifiedTime: 1_546_559_400_000,
  offline: false,
  result: 'SUCCESS',
  refunds: {
    elements: [
      { id: 'RFD1', amount: 500, createdTime: 1_546_559_390_000, status: 'SUCCESS' },
      { id: 'RFD2', amount: 45, createdTime: 1_546_559_395_000 },
    ],
  },
};

const factsWith = (change: Record<string, unknown>) => toFacts(cloverPayment.parse({ ...response, ...change }));
const refundWith = (change: Record<string, unknown>) =>
  factsWith({ refunds: { elements: [{ id: 'RFD1', amount: 500, ...change }] } });

describe('Clover payment (S1-058 to S1-064)', () => {
  it('becomes a payment and its refunds, all of one version', () => {
    const version = new Date(1_546_559_400_000);
    const refund = { kind: 'refund', provider: 'clover', paymentExternalId: 'PAYVJT2ZRRRSC', currency: 'USD', version };
    expect(factsWith({})).toEqual([
      {
        kind: 'payment',
        provider: 'clover',
        externalId: 'PAYVJT2ZRRRSC',
        status: 'completed',
        amountMinor: 1545,
        tipMinor: 300,
        taxMinor: 120,
        refundedMinor: 545,
        currency: 'USD',
        customer: { externalId: 'CUSVJT2ZRRRSC', email: 'ann@example.com', mobile: '+14155550100' },
        lineItems: null,
        takenAt: new Date(1_546_559_371_000),
        version,
      },
      { ...refund, externalId: 'RFD1', amountMinor: 500, status: 'completed' },
      { ...refund, externalId: 'RFD2', amountMinor: 45, status: 'completed' },
    ]);
  });

  it.each([
    ['SUCCESS', 'completed'],
    ['AUTH_COMPLETED', 'completed'],
    ['VOID_FAILED', 'completed'],
    ['FAIL', 'failed'],
    ['VOIDED', 'cancelled'],
    ['VOIDING', 'pending'],
    ['AUTH', 'pending'],
    ['INITIATED', 'pending'],
    ['PENDING', 'pending'],
    ['OFFLINE_RETRYING', 'pending'],
    ['DISCOUNT', 'pending'],
    ['Success', 'completed'],
    ['A_NEW_WORD', 'pending'],
  ])('maps result %s to %s', (result, status) => expect(factsWith({ result })[0]).toMatchObject({ status }));

  it('never crashes on a word it does not know', () => {
    fc.assert(
      fc.property(fc.string(), (word) => {
        expect(factsWith({ result: word })[0]).toHaveProperty('status', expect.stringMatching(/./));
        expect(refundWith({ status: word })[1]).toHaveProperty('status', expect.stringMatching(/./));
      }),
    );
  });

  it.each([
    [{ status: 'SUCCESS' }, 'completed', 500],
    [{ status: 'FAIL' }, 'failed', 0],
    [{ status: 'PENDING' }, 'pending', 0],
    [{ status: 'A_NEW_WORD' }, 'pending', 0],
    [{ status: 'SUCCESS', voided: true }, 'rejected', 0],
    [{ deletedTime: 1_546_559_399_000 }, 'rejected', 0],
    [{}, 'completed', 500],
  ])('counts as refunded only what was given back: %j', (change, status, refundedMinor) => {
    expect(refundWith(change)).toMatchObject([{ refundedMinor }, { status, amountMinor: 500 }]);
  });

  it.each([
    ['an order without customers', { id: 'O1', currency: 'usd' }, null],
    ['an empty list of customers', { id: 'O1', currency: 'USD', customers: { elements: [] } }, null],
    [
      'a customer known by id only',
      { id: 'O1', currency: 'USD', customers: { elements: [{ id: 'C1' }] } },
      { externalId: 'C1' },
    ],
  ])('reads %s', (_, order, customer) => {
    expect(factsWith({ order })[0]).toMatchObject({ currency: 'USD' });
    expect(factsWith({ order })[0]).toHaveProperty('customer', customer);
  });

  it('reads a payment without tip, tax, refunds or time of change', () => {
    const absent = { tipAmount: undefined, taxAmount: undefined, refunds: undefined, modifiedTime: undefined };
    const version = new Date(response.createdTime);
    expect(factsWith(absent)).toMatchObject([{ tipMinor: 0, taxMinor: null, refundedMinor: 0, version }]);
  });

  it('knows a tax of nothing from a tax not told', () => {
    expect(factsWith({ taxAmount: 0 })[0]).toMatchObject({ taxMinor: 0 });
    expect(factsWith({ taxAmount: null })[0]).toMatchObject({ taxMinor: null });
  });

  it('has the lines of its order, whatever state it is in', () => {
    const order = { ...response.order, lineItems: { elements: [{ id: 'L1', name: 'Tea', price: 250 }] } };
    for (const result of ['SUCCESS', 'VOIDED', 'AUTH']) {
      const lineItems = [{ externalId: 'L1', name: 'Tea', quantity: 1, amountMinor: 250 }];
      expect(factsWith({ order, result })[0]).toMatchObject({ lineItems });
    }
  });

  it('is refused by no line items or discounts of its order, whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue({ maxDepth: 5 }), (lineItems, discounts) => {
        const facts = factsWith({ order: { ...response.order, lineItems, discounts } });
        expect(facts[0]).toMatchObject({ kind: 'payment', amountMinor: 1545, lineItems: null });
      }),
    );
  });

  it.each([
    ['is missing', undefined],
    ['was not expanded', { id: 'ZK6BEAGXBPGST' }],
  ])('is refused for good when its order %s: the currency is there', (_, order) => {
    expect(() => factsWith({ order })).toThrowError(
      expect.objectContaining({ name: 'PermanentFailure', reason: 'invalid_payload' }),
    );
  });

  it.each([
    { amount: '15.45' },
    { amount: 15.45 },
    { amount: -1 },
    { taxAmount: -1 },
    { createdTime: null },
    { id: '' },
  ])('does not take %j', (change) => {
    expect(cloverPayment.safeParse({ ...response, ...change }).success).toBe(false);
  });
});
