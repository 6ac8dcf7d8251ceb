import { describe, expect, it } from 'vitest';
import { openLists, type Row } from './lists.fixture.ts';

describe('a content fault', () => {
  it.each(['payments', 'refunds'])('wrong_currency: every amount of the %s is in another', async (resource) => {
    const { square, merchant, list, sell } = openLists();
    for (const id of await sell(2)) merchant.refundPayment({ paymentId: id });
    square.sandbox.faults.plan({ fault: 'wrong_currency' });
    expect(JSON.stringify(await list({}, resource))).not.toContain('USD');
    expect(JSON.stringify(await list({}, resource))).not.toContain('EUR');
  });

  it('cursor_loop: the page names itself as the next one, as long as it is planned', async () => {
    const { square, sell } = openLists();
    const taken = await sell(6);
    const query = { limit: '2', sort_order: 'ASC' };
    const page = async (cursor?: string) =>
      (await square.ask(`GET /v2/payments?${new URLSearchParams({ ...query, ...(cursor && { cursor }) })}`)).body;
    square.sandbox.faults.plan({ fault: 'cursor_loop', times: 2 });
    const first = await page();
    const again = await page(first.cursor);
    expect([again.payments, again.cursor]).toEqual([first.payments, first.cursor]);
    const second = await page((await page(again.cursor)).cursor);
    expect(second.payments.map(({ id }: Row) => id)).toEqual(taken.slice(2, 4));
    square.sandbox.faults.plan({ fault: 'cursor_loop' });
    expect((await page(second.cursor)).cursor).toBe(second.cursor);
  });

  it('repeated_row: one row comes twice', async () => {
    const { square, ids, sell } = openLists();
    const taken = await sell(4);
    square.sandbox.faults.plan({ fault: 'repeated_row' });
    const repeated = await ids();
    expect([repeated.length, new Set(repeated).size]).toEqual([5, taken.length]);
  });

  it('stale: what changed of late is not there', async () => {
    const { square, ids, sell } = openLists();
    const [old] = await sell(1, 11_000);
    await sell(1, 0);
    square.sandbox.faults.plan({ fault: 'stale' });
    expect(await ids()).toEqual([old]);
    expect(await ids()).toHaveLength(2);
  });

  it('shifting_page: rows of this page and of the next change places, and say so', async () => {
    const { square, ids, sell } = openLists();
    const taken = await sell(10);
    square.sandbox.subscribe({ notificationUrl: 'http://app.invalid/hook' });
    const query = { limit: '5', sort_field: 'UPDATED_AT', sort_order: 'ASC' };
    square.sandbox.faults.plan({ fault: 'shifting_page' });
    const page = await ids(query);
    expect(page).toEqual(taken.slice(0, 5));
    const after = await ids({ ...query, limit: '100' });
    const moved = after.slice(8);
    expect(moved.map((id) => page.includes(id)).sort()).toEqual([false, true]);
    expect(square.clock.waiting()).toBe(2);
  });
});
