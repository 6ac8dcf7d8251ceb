import { beforeEach, describe, expect, it } from 'vitest';
import type { Merchant } from './merchant.ts';
import { createTestSquare, minuteMs, proves, startedAt, type TestSquare } from './square.fixture.ts';

let square: TestSquare;
let merchant: Merchant;
beforeEach(() => {
  square = createTestSquare();
  merchant = square.sandbox.merchant();
});

const payment = async (id: string) => (await square.ask(`GET /v2/payments/${id}`)).body.payment;
const order = async (id: string | undefined) => (await square.ask(`GET /v2/orders/${id}`)).body.order;

describe('a payment', () => {
  it('is completed a moment after it was approved, and has what the till rang up', async () => {
    const taken = merchant.takePayment({
      amountMinor: 1200,
      tipMinor: 300,
      customerId: 'C1',
      buyerEmail: 'a@example.com',
    });
    expect(await payment(taken.id)).toEqual(taken);
    expect(taken).toMatchObject({
      status: 'COMPLETED',
      amount_money: { amount: 1200, currency: 'USD' },
      total_money: { amount: 1500 },
      tip_money: { amount: 300 },
      customer_id: 'C1',
      buyer_email_address: 'a@example.com',
      location_id: 'LMAIN',
      created_at: '2026-11-21T11:59:59.999Z',
      updated_at: '2026-11-21T12:00:00.000Z',
      card_details: { status: 'CAPTURED' },
    });
    expect(taken).not.toHaveProperty('capabilities');
  });

  it('is approved first when the till leaves it open, and cancelled or tipped later', () => {
    const open = merchant.takePayment({ amountMinor: 1000, status: 'APPROVED' });
    expect(open).toMatchObject({ card_details: { status: 'AUTHORIZED' }, capabilities: expect.any(Array) });
    const tipped = merchant.changePayment(open.id, { tipMinor: 150 });
    expect(tipped).toMatchObject({ status: 'APPROVED', tip_money: { amount: 150 }, total_money: { amount: 1150 } });
    expect(merchant.changePayment(open.id, { status: 'CANCELED' }).status).toBe('CANCELED');
    const versions = [open, tipped, ...merchant.payments()].map(({ updated_at }) => updated_at);
    expect(versions).toEqual([...new Set(versions)].sort());
  });

  it(proves('offline_late'), async () => {
    const offlineAt = new Date(startedAt.getTime() - 90 * minuteMs);
    const late = merchant.takePayment({ amountMinor: 100, offlineAt });
    expect(late).toMatchObject({
      created_at: offlineAt.toISOString(),
      updated_at: startedAt.toISOString(),
      offline_payment_details: { client_created_at: offlineAt.toISOString() },
    });
    const since = `updated_at_begin_time=${startedAt.toISOString()}`;
    expect((await square.ask(`GET /v2/payments?${since}`)).body.payments).toEqual([late]);
  });

  it(proves('fee_later'), async () => {
    square = createTestSquare({ processingFeeAfterMs: 5 * minuteMs });
    merchant = square.sandbox.merchant();
    const { updated_at, version_token, ...before } = merchant.takePayment({ amountMinor: 1000 });
    await square.clock.advance(5 * minuteMs - 1);
    expect(await payment(before.id)).not.toHaveProperty('processing_fee');
    await square.clock.advance(1);
    const { processing_fee, ...after } = await payment(before.id);
    expect(after).toEqual({ ...before, updated_at: '2026-11-21T12:05:00.000Z', version_token: expect.any(String) });
    expect(after.version_token).not.toBe(version_token);
    expect(updated_at).toBe(startedAt.toISOString());
    const fee = { amount_money: { amount: 36, currency: 'USD' }, effective_at: '2026-11-21T12:05:00.000Z' };
    expect(processing_fee).toEqual([{ ...fee, type: 'INITIAL' }]);
    expect(merchant.addProcessingFee(before.id, -1).processing_fee).toMatchObject([fee, { type: 'ADJUSTMENT' }]);
  });

  it(proves('refund_counts'), async () => {
    const { id } = merchant.takePayment({ amountMinor: 1000 });
    const first = merchant.refundPayment({ paymentId: id, amountMinor: 300 });
    const pending = merchant.refundPayment({ paymentId: id, status: 'PENDING' });
    expect(pending.amount_money.amount).toBe(700);
    expect(await payment(id)).toMatchObject({ refunded_money: { amount: 300 }, refund_ids: [first.id] });
    merchant.settleRefund(pending.id, 'COMPLETED');
    merchant.settleRefund(pending.id, 'COMPLETED');
    expect(await payment(id)).toMatchObject({ refunded_money: { amount: 1000 }, refund_ids: [first.id, pending.id] });
    const other = merchant.takePayment({ amountMinor: 10 });
    merchant.refundPayment({ paymentId: other.id, status: 'REJECTED' });
    expect(await payment(other.id)).not.toHaveProperty('refunded_money');
    expect((await square.ask(`GET /v2/refunds/${first.id}`)).body.refund).toEqual(first);
  });
});

describe('an order', () => {
  const lines = [
    { name: 'Flat white', priceMinor: 450, quantity: 2, discountMinor: 100, taxMinor: 64, catalogObjectId: 'CAT1' },
    { name: 'Bag', priceMinor: 10 },
  ];

  it(proves('order_amounts'), async () => {
    const taken = merchant.takePayment({ lines, tipMinor: 90 });
    expect(taken.amount_money.amount).toBe(874);
    const found = await order(taken.order_id);
    expect(found).toMatchObject({
      state: 'COMPLETED',
      version: 2,
      total_money: { amount: 964 },
      total_tax_money: { amount: 64 },
      total_discount_money: { amount: 100 },
      total_tip_money: { amount: 90 },
      taxes: [{ applied_money: { amount: 64 } }],
      discounts: [{ applied_money: { amount: 100 } }],
      line_items: [
        { name: 'Flat white', quantity: '2', gross_sales_money: { amount: 900 }, total_money: { amount: 864 } },
        { name: 'Bag', quantity: '1', total_money: { amount: 10 } },
      ],
    });
    const [line] = found.line_items;
    expect(line.applied_taxes[0].tax_uid).toBe(found.taxes[0].uid);
    expect(line.applied_discounts[0].discount_uid).toBe(found.discounts[0].uid);
    expect(found).toEqual(merchant.order(found.id));

    const part = merchant.takePayment({ amountMinor: 400, lines, status: 'APPROVED' });
    const rest = merchant.takePayment({ amountMinor: 474, ...(part.order_id && { orderId: part.order_id }) });
    expect(rest.order_id).toBe(part.order_id);
  });

  it('of a sale without lines is one custom amount', async () => {
    const { order_id } = merchant.takePayment({ amountMinor: 700, status: 'APPROVED' });
    expect(await order(order_id)).toMatchObject({
      state: 'OPEN',
      version: 1,
      line_items: [{ item_type: 'CUSTOM_AMOUNT', total_money: { amount: 700 } }],
    });
  });

  it(proves('orders_batch'), async () => {
    const [main, side] = ['LMAIN', 'LSIDE'].map(
      (locationId) => merchant.takePayment({ amountMinor: 1, locationId }).order_id,
    );
    const batch = async (body: object) => (await square.ask('POST /v2/orders/batch-retrieve', { body })).body;
    const ids = ({ orders }: { orders: { id: string }[] }) => orders.map(({ id }) => id);
    expect(ids(await batch({ order_ids: [side, 'UNKNOWN', main] }))).toEqual([side, main]);
    expect(ids(await batch({ order_ids: [side, main], location_id: 'LMAIN' }))).toEqual([main]);
    expect(await batch({ order_ids: ['UNKNOWN'] })).toEqual({});
    const many = { body: { order_ids: Array.from({ length: 101 }, String) } };
    expect(await square.refusal('POST /v2/orders/batch-retrieve', many)).toEqual([400, 'BAD_REQUEST']);
  });
});

it(proves('locations_by_name'), async () => {
  merchant.addLocation({ id: 'LNEW', name: 'Market', timezone: 'America/Toronto' });
  merchant.closeLocation('LSIDE');
  const { locations } = (await square.ask('GET /v2/locations')).body;
  expect(locations.map(({ name, status }: Record<string, string>) => [name, status])).toEqual([
    ['Airport', 'INACTIVE'],
    ['Market', 'ACTIVE'],
    ['Zoo', 'ACTIVE'],
  ]);
  expect(locations[1]).toMatchObject({ id: 'LNEW', merchant_id: 'M1', timezone: 'America/Toronto' });
});

it('a customer is known by the id that a payment names', async () => {
  const { id } = merchant.addCustomer({
    givenName: 'Ada',
    familyName: 'Byron',
    email: 'ada@example.com',
    phone: '+15550100',
  });
  expect((await square.ask(`GET /v2/customers/${id}`)).body.customer).toMatchObject({
    id,
    given_name: 'Ada',
    email_address: 'ada@example.com',
    phone_number: '+15550100',
  });
});

it(proves('not_found'), async () => {
  const other = square.sandbox.addMerchant({ id: 'M2' });
  const { id } = other.takePayment({ amountMinor: 1 });
  for (const path of [`payments/${id}`, 'payments/x', 'refunds/x', 'orders/x', 'customers/x', 'nothing'])
    expect(await square.refusal(`GET /v2/${path}`)).toEqual([404, 'NOT_FOUND']);
  expect(await square.refusal('DELETE /v2/payments')).toEqual([405, 'METHOD_NOT_ALLOWED']);
});
