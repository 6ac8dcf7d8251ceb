import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineItemsOf } from './line-items.ts';
import { squarePayment } from './payment.ts';
import { saleOf } from './sale.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/payloads/square/${name}`, import.meta.url), 'utf8'));
const usd = (amount: number) => ({ amount, currency: 'USD' });
const sample = squarePayment.parse(read('api.GetPaymentResponse.json').payment);
const paymentOf = (amount: number, currency = 'USD') => ({ ...sample, amount_money: { amount, currency } });

const line = { uid: 'L1', name: 'Tea', quantity: '1', total_money: usd(1080), total_tax_money: usd(80) };
const orderOf = (change: object, taxes?: readonly object[]) => ({
  line_items: [{ ...line, ...change }],
  ...(taxes && { taxes }),
});
const onTop = { uid: 'T1', type: 'ADDITIVE' };
const within = { uid: 'T2', type: 'INCLUSIVE' };
const applied = (uid: string, amount: number) => ({ tax_uid: uid, applied_money: usd(amount) });

describe('the lines of a Square order', () => {
  it('are those of the sample, after discounts', () => {
    const { order } = read('api.RetrieveOrderResponse.json');
    expect(lineItemsOf(order)).toEqual([
      { externalId: 'ULkg0tQTRK2bkU9fNv3IJD', name: 'Item 1', quantity: 1, amountMinor: 250 },
      { externalId: 'mumY8Nun4BC5aKe2yyx5a', name: 'Item 2', quantity: 2, amountMinor: 300 },
    ]);
    expect(saleOf(paymentOf(550), order)).toMatchObject({ taxMinor: 0 });
  });

  it.each([
    ['without tax on top', orderOf({}, [onTop]), 1000],
    ['with tax that is in the price', orderOf({}, [within]), 1080],
    ['without tax of which nothing is said', orderOf({}), 1000],
    [
      'without the tax on top where there are both',
      orderOf({ applied_taxes: [applied('T1', 30), applied('T2', 50)] }, [onTop, within]),
      1050,
    ],
    ['without service charges', orderOf({ total_service_charge_money: usd(100) }, [within]), 980],
    ['whole when it is not taxed', orderOf({ total_tax_money: undefined }, [onTop, within]), 1080],
  ])('cost what was paid for them, %s', (_name, order, amountMinor) => {
    expect(lineItemsOf(order)).toMatchObject([{ amountMinor }]);
  });

  it.each([
    ['half a pound', { quantity: '0.5' }, { quantity: 0.5 }],
    ['five decimals', { quantity: '1.00001' }, { quantity: 1.00001 }],
    ['the catalog’s id', { catalog_object_id: ' BEMYCSMIJL46OCDV4KYIKXIB ' }, { sku: 'BEMYCSMIJL46OCDV4KYIKXIB' }],
    ['no name', { name: null }, { name: '' }],
  ])('have %s', (_name, change, expected) => {
    expect(lineItemsOf(orderOf(change))).toMatchObject([expected]);
  });

  it.each([
    ['are not told', {}],
    ['have no quantity', orderOf({ quantity: 'some' })],
    ['have no total', orderOf({ total_money: undefined })],
    ['cost less than nothing', orderOf({ total_money: usd(10) })],
    ['are taxed both ways and do not say how', orderOf({}, [onTop, within])],
    ['say of one tax only which it is', orderOf({ applied_taxes: [{ tax_uid: 'T1' }] }, [onTop, within])],
  ])('are unknown when they %s', (_name, order) => {
    expect(lineItemsOf(order)).toBeNull();
  });
});

const totals = { total_money: usd(1130), total_tax_money: usd(80), total_tip_money: usd(50) };

describe('the tax of a Square payment', () => {
  it.each([
    ['all of the order’s when it pays all', 1080, totals, 80],
    ['half of it when it pays half', 540, totals, 40],
    ['rounded, half a cent as one', 135 * 3, { total_money: usd(1080), total_tax_money: usd(4) }, 2],
    ['never more than was paid', 5, { total_money: usd(10), total_tax_money: usd(30) }, 5],
    [
      'unknown when the order costs nothing',
      0,
      { total_money: usd(50), total_tax_money: usd(0), total_tip_money: usd(50) },
      null,
    ],
    ['unknown when the order does not say', 1080, { total_money: usd(1080) }, null],
    ['unknown without an order', 1080, null, null],
  ])('is %s', (_name, paid, order, taxMinor) => {
    expect(saleOf(paymentOf(paid), order)).toMatchObject({ taxMinor });
  });

  it('is within the payment, and that of its parts within one unit each of the order’s', () => {
    const amount = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 5 }), amount, (parts, tax) => {
        const owed = parts.reduce((sum, part) => sum + part, 0);
        fc.pre(owed > 0 && tax <= owed);
        const order = { total_money: usd(owed), total_tax_money: usd(tax) };
        const taxes = parts.map((part) => saleOf(paymentOf(part), order).taxMinor ?? -1);
        for (const [index, taxMinor] of taxes.entries()) {
          expect(taxMinor).toBeGreaterThanOrEqual(0);
          expect(taxMinor).toBeLessThanOrEqual(parts[index] ?? 0);
        }
        const sum = taxes.reduce((total, taxMinor) => total + taxMinor, 0);
        expect(Math.abs(sum - tax)).toBeLessThanOrEqual(parts.length);
      }),
    );
  });
});

describe('a Square order', () => {
  it('refuses no payment, whatever it looks like', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue({ maxDepth: 5 }), (lines, total) => {
        const sale = saleOf(paymentOf(100), { line_items: lines, total_money: total });
        expect(sale).toEqual({ lineItems: Array.isArray(lines) && lines.length === 0 ? [] : null, taxMinor: null });
      }),
    );
  });

  it('in another currency than its payment is refused', () => {
    expect(() => saleOf(paymentOf(1080, 'EUR'), totals)).toThrowError(
      expect.objectContaining({ kind: 'invalid_response' }),
    );
    expect(() => saleOf(paymentOf(1080, 'usd'), totals)).not.toThrow();
  });
});
