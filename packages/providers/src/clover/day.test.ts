import { describe, expect, it } from 'vitest';
import { cloverDays } from './day.ts';
import { merchantId, openShop, sale } from './shop.fixture.ts';

const span = { from: new Date('2026-11-21T12:00:00Z'), to: new Date('2026-11-22T12:00:00Z') };
const ids = (facts: readonly object[]) => facts.map((fact) => (fact as { externalId: string }).externalId).sort();

describe('a day at Clover', () => {
  it('is all payments made in it with their refunds, page after page', async () => {
    const { clover, call } = openShop();
    const made = Array.from({ length: 230 }, () => clover.takePayment(merchantId, sale).id);
    const refund = clover.refund(merchantId, made[0] ?? '', 50);
    expect(ids(await cloverDays.list(call, span))).toEqual([...made, refund.id].sort());
  });

  it('begins with its first moment and ends before the next one’s, whatever changed later', async () => {
    const { clover, call, clock } = openShop();
    await clock.set(new Date(span.from.getTime() - 1));
    clover.takePayment(merchantId, sale);
    await clock.set(span.from);
    const first = clover.takePayment(merchantId, sale);
    await clock.set(new Date(span.to.getTime() - 1));
    const last = clover.takePayment(merchantId, sale);
    await clock.set(span.to);
    clover.takePayment(merchantId, sale);
    clover.changePayment(merchantId, first.id, { tipAmount: 1 });
    expect(ids(await cloverDays.list(call, span))).toEqual([first.id, last.id].sort());
  });

  it('does not go round in circles', async () => {
    const { clover, call } = openShop();
    for (let made = 0; made < 120; made += 1) clover.takePayment(merchantId, sale);
    const circling: typeof call = Object.assign(
      ((request, schema) => call({ ...request, query: { ...request.query, offset: '0' } }, schema)) as typeof call,
      call,
    );
    await expect(cloverDays.list(circling, span)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('has each payment by itself, a refund with its payment, and null for what is none', async () => {
    const { clover, call } = openShop();
    const { id } = clover.takePayment(merchantId, sale);
    const refund = clover.refund(merchantId, id, 50);
    const both = [
      { kind: 'payment', externalId: id, refundedMinor: 50, currency: 'USD' },
      { kind: 'refund', externalId: refund.id },
    ];
    const read = (resource: string, externalId: string, parentId: string | null = null) =>
      cloverDays.read(call, { resource, externalId, parentId });
    expect(await read('payments', id)).toMatchObject(both);
    expect(await read('refunds', refund.id, id)).toMatchObject(both);
    expect(await read('payments', 'none')).toBeNull();
  });
});
