import { describe, expect, it } from 'vitest';
import { squareDays } from './day.ts';
import { openShop } from './shop.fixture.ts';

const span = { from: new Date('2026-11-21T12:00:00Z'), to: new Date('2026-11-22T12:00:00Z') };
const ids = (facts: readonly object[]) => facts.map((fact) => (fact as { externalId: string }).externalId).sort();

describe('a day at Square', () => {
  it('is all payments and refunds made in it, of every location, page after page', async () => {
    const { merchant, call, clock } = openShop({ listedWithinMs: 0 });
    const { id: locationId } = merchant.addLocation({ name: 'Side Street' });
    await clock.advance(1000);
    for (let sale = 0; sale < 230; sale += 1) {
      const { id: paymentId } = merchant.takePayment({
        amountMinor: 100 + sale,
        ...(sale % 2 === 0 && { locationId }),
      });
      if (sale < 110) merchant.refundPayment({ paymentId, amountMinor: 10 });
    }
    const facts = await squareDays.list(call, span);
    expect(ids(facts)).toEqual([...merchant.payments(), ...merchant.refunds()].map(({ id }) => id).sort());
    expect(facts.filter(({ kind }) => kind === 'refund')).toHaveLength(110);
  });

  it('begins with its first moment and ends before the next one’s, whatever changed later', async () => {
    const { merchant, call, clock } = openShop();
    // A payment is made a millisecond before it is completed.
    await clock.set(span.from);
    merchant.takePayment({ amountMinor: 100 });
    await clock.advance(1);
    const first = merchant.takePayment({ amountMinor: 200 });
    await clock.set(span.to);
    const last = merchant.takePayment({ amountMinor: 300 });
    await clock.advance(1);
    merchant.takePayment({ amountMinor: 400 });
    merchant.addProcessingFee(first.id, 1);
    expect(ids(await squareDays.list(call, span))).toEqual([first.id, last.id].sort());
  });

  it('does not go round in circles', async () => {
    const { merchant, call, square, clock } = openShop();
    await clock.advance(1000);
    for (let sale = 0; sale < 120; sale += 1) merchant.takePayment({ amountMinor: 100 });
    square.faults.plan({ fault: 'cursor_loop', on: ({ path }) => path === '/v2/payments', times: 5 });
    await expect(squareDays.list(call, span)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('has each of its objects by itself, and null for what is none', async () => {
    const { merchant, call } = openShop();
    const { id } = merchant.takePayment({ amountMinor: 100, lines: [{ name: 'Tea', priceMinor: 100 }] });
    const refund = merchant.refundPayment({ paymentId: id });
    const read = (resource: string, externalId: string) =>
      squareDays.read(call, { resource, externalId, parentId: null });
    expect(await read('payments', id)).toMatchObject([{ kind: 'payment', lineItems: [{ name: 'Tea' }] }]);
    expect(await read('refunds', refund.id)).toMatchObject([{ kind: 'refund', paymentExternalId: id }]);
    expect(await read('payments', 'none')).toBeNull();
    expect(await read('refunds', '../locations')).toBeNull();
  });
});
