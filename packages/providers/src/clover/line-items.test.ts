import { readFileSync } from 'node:fs';
import type { LineItem } from '@tributary/core/facts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineItemsOf } from './line-items.ts';

const list = (...elements: unknown[]) => ({ elements, href: 'https://api.clover.com/v3' });
const tea = { id: 'L1', name: 'Tea', price: 1000 };
const orderOf = (line: object, ...discounts: unknown[]) => ({
  lineItems: list({ ...tea, ...line }),
  discounts: list(...discounts),
});
const amountsOf = (order: unknown) => lineItemsOf(order)?.map(({ amountMinor }) => amountMinor);

describe('the lines of a Clover order', () => {
  it('are those of a real one, and with its taxes they are its total', () => {
    const file = new URL('../../test/payloads/clover/api.order.json', import.meta.url);
    const order = JSON.parse(readFileSync(file, 'utf8'));
    expect(lineItemsOf(order)).toEqual([
      { externalId: 'NNNJG34932ENW', name: 'Chicken Fried Steak', quantity: 1, amountMinor: 1295 },
    ]);
    const rates: { rate: number }[] = order.lineItems.elements[0].taxRates.elements;
    const taxes = rates.map(({ rate }) => Math.round((1295 * rate) / 10_000_000));
    expect(taxes.reduce((sum, tax) => sum + tax, 1295)).toBe(order.total);
  });

  it("cost what Clover's example of an order says", () => {
    const two = list({ name: 'Avocado', amount: 100 }, { name: 'Tofu', amount: 100 });
    const caesar = { ...tea, price: 1200, modifications: two, discounts: list({ name: 'Lunch deal', amount: -100 }) };
    const greek = { ...tea, price: 1000, modifications: two, discounts: list({ name: '25% off', percentage: 25 }) };
    expect(amountsOf({ lineItems: list(caesar, greek) })).toEqual([1300, 900]);
  });

  it.each<[string, object, Partial<LineItem>]>([
    ['its code as sku', { itemCode: ' 024463061095 ' }, { sku: '024463061095' }],
    [
      'its tags as labels',
      { tags: list({ name: 'Hot' }, { name: ' Drinks ' }, { name: '' }) },
      { labels: ['Hot', 'Drinks'] },
    ],
    ['what it weighed', { price: 400, unitQty: 2500, unitName: 'oz' }, { quantity: 2.5, amountMinor: 1000 }],
    ['half a cent as one', { price: 333, unitQty: 1500 }, { quantity: 1.5, amountMinor: 500 }],
    ['one piece', { unitQty: 1000 }, { quantity: 1, amountMinor: 1000 }],
    [
      'modifiers once, however much it weighs',
      { unitQty: 2000, modifications: list({ amount: 50 }, {}) },
      { amountMinor: 2050 },
    ],
    ['nothing told of discounts', { discounts: null, modifications: null }, { amountMinor: 1000 }],
    ['an amount off', { discounts: list({ amount: -250 }) }, { amountMinor: 750 }],
    ['a percentage off, half a cent as one', { price: 999, discounts: list({ percentage: 50 }) }, { amountMinor: 499 }],
    [
      'a fraction of a percent off',
      { discounts: list({ percentage: 12, percentageDecimal: 125_000 }) },
      { amountMinor: 875 },
    ],
    [
      'two percentages off the same sum',
      { discounts: list({ percentage: 50 }, { percentage: 20 }) },
      { amountMinor: 300 },
    ],
    ['never less than nothing', { discounts: list({ percentage: 90 }, { amount: -500 }) }, { amountMinor: 0 }],
    ['refunded, as it was sold', { refunded: true }, { amountMinor: 1000 }],
    ['without a name', { name: null }, { name: '' }],
  ])('have %s', (_name, line, expected) => {
    expect(lineItemsOf(orderOf(line))).toMatchObject([{ externalId: 'L1', ...expected }]);
  });

  it.each([
    ['no code', { itemCode: '' }],
    ['no tags', { tags: list() }],
    ['tags that were not expanded', { tags: { href: 'https://api.clover.com/v3' } }],
  ])('with %s have neither sku nor label', (_name, line) => {
    expect(lineItemsOf(orderOf(line))).toEqual([{ externalId: 'L1', name: 'Tea', quantity: 1, amountMinor: 1000 }]);
  });

  it.each([
    ['was exchanged for another', { exchanged: true }],
    ['is a fee on the order', { isOrderFee: true, price: null }],
  ])('leave out what %s', (_name, line) => {
    expect(lineItemsOf({ lineItems: list({ ...tea, id: 'L0', ...line }, tea) })).toMatchObject([{ externalId: 'L1' }]);
  });

  it('are none when nothing was sold', () => expect(lineItemsOf({ lineItems: list() })).toEqual([]));
});

describe("an order's own discount", () => {
  it.each([
    ['of an amount', { amount: -300 }, [900, 1800]],
    ['of a percentage', { percentage: 50 }, [500, 1000]],
    ['greater than the order', { amount: -5000 }, [0, 0]],
    ['that does not divide', { amount: -100 }, [967, 1933]],
    ['of nothing', {}, [1000, 2000]],
  ])('%s is taken from all lines in proportion', (_name, discount, expected) => {
    const lineItems = list(tea, { ...tea, id: 'L2', price: 2000 });
    expect(amountsOf({ lineItems, discounts: list(discount) })).toEqual(expected);
  });

  it('comes after those of the lines', () => {
    expect(amountsOf(orderOf({ discounts: list({ amount: -200 }) }, { percentage: 50 }))).toEqual([400]);
  });

  it('leaves lines that add up to the sum it left, none below nothing, none above its price', () => {
    const prices = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(prices, fc.nat(100), fc.nat(1_000_000), (all, percentage, amount) => {
        const lineItems = list(...all.map((price) => ({ ...tea, price })));
        const amounts = amountsOf({ lineItems, discounts: list({ percentage, amount: -amount }) }) ?? [];
        const full = all.reduce((sum, price) => sum + price, 0);
        const discounted = Math.max(0, full - Math.floor((full * percentage + 50) / 100) - amount);
        expect(amounts.reduce((sum, one) => sum + one, 0)).toBe(discounted);
        for (const [index, one] of amounts.entries()) {
          expect(one).toBeGreaterThanOrEqual(0);
          expect(one).toBeLessThanOrEqual(all[index] ?? 0);
        }
      }),
    );
  });
});

describe('lines that cannot be read, or not all of them, are not known', () => {
  it.each([
    ['no order', undefined],
    ['no lines', { id: 'O1' }],
    ['lines that were not expanded', { lineItems: { href: 'https://api.clover.com/v3' } }],
    ['discounts of the order that were not expanded', { ...orderOf({}), discounts: { href: '' } }],
    ['no price', orderOf({ price: undefined })],
    ['a negative price', orderOf({ price: -1 })],
    ['a price in another unit', orderOf({ price: 9.99 })],
    ['a negative quantity', orderOf({ unitQty: -1000 })],
    ['no id', orderOf({ id: '' })],
    ['discounts that were not expanded', orderOf({ discounts: { href: 'https://api.clover.com/v3' } })],
    ['modifiers that were not expanded', orderOf({ modifications: { href: 'https://api.clover.com/v3' } })],
    ['a discount that adds', orderOf({ discounts: list({ amount: 100 }) })],
    ['a discount of more than all', orderOf({ discounts: list({ percentage: 101 }) })],
    ['a modifier that takes', orderOf({ modifications: list({ amount: -100 }) })],
    ['a sum beyond what a payment can be', orderOf({ price: Number.MAX_SAFE_INTEGER, unitQty: 2_000_000 })],
  ])('%s', (_name, order) => expect(lineItemsOf(order)).toBeNull());

  it('with one unreadable line all of them: their shares would be wrong', () => {
    expect(lineItemsOf({ lineItems: list(tea, { ...tea, price: null }) })).toBeNull();
  });

  it('from any JSON that looks like an order, lines of whole amounts or none, and never an error', () => {
    const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.integer(), fc.maxSafeInteger(), fc.boolean());
    const someOf = (fields: Record<string, fc.Arbitrary<unknown>>) =>
      fc.record(fields as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] });
    const maybe = (likely: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 9, arbitrary: likely }, { weight: 1, arbitrary: odd });
    const lists = (element: fc.Arbitrary<unknown>) =>
      maybe(fc.record({ elements: fc.array(element, { maxLength: 3 }) }));
    const amount = maybe(fc.nat());
    const discounts = lists(
      someOf({ amount: maybe(fc.nat().map((off) => -off)), percentage: maybe(fc.nat(100)), percentageDecimal: amount }),
    );
    const modifications = lists(someOf({ amount }));
    const flags = { exchanged: maybe(fc.boolean()), isOrderFee: maybe(fc.boolean()) };
    const line = fc
      .tuple(
        fc.record({ id: fc.constant('L'), price: amount }),
        someOf({ unitQty: amount, ...flags, discounts, modifications, tags: odd }),
      )
      .map((parts) => Object.assign({}, ...parts));
    let known = 0;
    fc.assert(
      fc.property(fc.record({ lineItems: lists(line), discounts }, { requiredKeys: ['lineItems'] }), (order) => {
        const lines = lineItemsOf(order);
        if (lines !== null) known += 1;
        for (const { amountMinor } of lines ?? [])
          expect(Number.isSafeInteger(amountMinor) && amountMinor >= 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(known).toBeGreaterThan(200);
  });
});
