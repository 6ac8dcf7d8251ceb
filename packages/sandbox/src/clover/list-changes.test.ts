import { describe, expect, it } from 'vitest';
import { idsOf, name, numbers, openLists, payment, startMs as start } from '../../test/clover-rows.ts';

describe('rows that change while they are walked', () => {
  const rows = numbers(0, 6).map((number) => payment(name(number), (10 - number) * 1000));
  const walk = 'limit=2&orderBy=modifiedTime%20ASC';

  it('move to the end by their new time, and another is skipped by its number', async () => {
    const { clover, ids } = openLists(rows);
    expect(await ids(walk)).toEqual([name(0), name(1)]);
    clover.changePayment('M1', name(0), { tipAmount: 5 });
    expect(await ids(`${walk}&offset=2`)).toEqual([name(3), name(4)]);
    expect(await ids(`${walk}&offset=4`)).toEqual([name(5), name(0)]);
  });

  it('do so by a shifting_page', async () => {
    const webhook = { url: 'http://receiver.invalid', authCode: 'c', fetch: async () => new Response() };
    const { clover, clock, ids } = openLists(rows, { webhook });
    clover.faults.plan({ fault: 'shifting_page' });
    expect(await ids(walk)).toEqual([name(0), name(1)]);
    expect(await ids(`${walk}&offset=2`)).toEqual([name(3), name(4)]);
    expect([name(0), name(1)]).toContain((await ids(`${walk}&offset=5`))[0]);
    await clock.advance(1000);
    expect(clover.webhooks.attempts()).toMatchObject([{ topic: 'P:UPDATE' }]);
  });

  it('CL47 may have one time across pages', async () => {
    const { ids } = openLists(numbers(0, 6).map((number) => payment(name(number), 0)));
    const pages = [await ids(walk), await ids(`${walk}&offset=2`), await ids(`${walk}&offset=4`)];
    expect(pages.flat()).toEqual(numbers(0, 6).map(name));
  });

  it('are gone when they are deleted', async () => {
    const { clover, ids } = openLists([]);
    clover.setOrder('M1', { id: 'O1', currency: 'USD', createdTime: start, modifiedTime: start });
    clover.deleteOrder('M1', 'O1');
    expect(await ids('', 'orders')).toEqual([]);
  });
});

describe('a list can', () => {
  const rows = numbers(0, 6).map((number) => payment(name(number), number * 1000));

  it('CL51 know of a change only later, which single reads know at once', async () => {
    const { clover, clock, ids } = openLists(rows, { listDelayMs: 10_000 });
    const { id } = clover.takePayment('M1', { amount: 500 });
    const single = await clover.fetch(`${clover.url}/v3/merchants/M1/payments/${id}`, {
      headers: { authorization: 'Bearer t' },
    });
    expect(single.status).toBe(200);
    await clock.advance(9999);
    expect(await ids('')).not.toContain(id);
    await clock.advance(1);
    expect(await ids('')).toContain(id);
  });

  it('be stale, once', async () => {
    const { clover, ids } = openLists(rows);
    const { id } = clover.takePayment('M1', { amount: 500 });
    clover.faults.plan({ fault: 'stale', seconds: 10 });
    expect([(await ids('')).includes(id), (await ids('')).includes(id)]).toEqual([false, true]);
  });

  it('go in circles', async () => {
    const { clover, ids } = openLists(rows);
    clover.faults.plan({ fault: 'cursor_loop', times: 2 });
    expect(await ids('limit=2&offset=2')).toEqual([name(0), name(1)]);
    expect(await ids('limit=2&offset=4')).toEqual([name(2), name(3)]);
  });

  it('show a row twice', async () => {
    const { clover, ids } = openLists(rows);
    clover.faults.plan({ fault: 'repeated_row' });
    expect(await ids('limit=2')).toEqual([name(0), name(0), name(1)]);
  });

  it('name another currency', async () => {
    const { clover, ask } = openLists([]);
    clover.takePayment('M1', { amount: 1 });
    clover.faults.plan({ fault: 'wrong_currency', times: 2 });
    const inOrders = (await (await ask('', 'orders')).json()) as object;
    const inPayments = (await (await ask('expand=order')).json()) as object;
    expect(inOrders).toMatchObject({ elements: [{ currency: 'EUR' }] });
    expect(inPayments).toMatchObject({ elements: [{ order: { currency: 'EUR' } }] });
  });
});

it.each([
  ['at rest, each of them once', 0, 20_000],
  ['that change behind it, and one a page is lost', 1, 20_000 - 19],
])('walks twenty thousand rows %s', async (_name, changesAPage, expected) => {
  const rows = numbers(0, 20_000).map((number) => payment(name(number), (20_000 - number) * 10));
  const { clover, clock } = openLists(rows);
  const seen = new Set<string>();
  for (let offset = 0; offset < 20_000; offset += 1000) {
    const query = `limit=1000&offset=${offset}&orderBy=modifiedTime%20ASC`;
    const page = await clover.fetch(`${clover.url}/v3/merchants/M1/payments?${query}`, {
      headers: { authorization: 'Bearer t' },
    });
    const found = await idsOf(page);
    for (const id of found) seen.add(id);
    await clock.advance(1);
    if (changesAPage > 0) clover.changePayment('M1', found[0] ?? '', { tipAmount: 1 });
  }
  expect(seen.size).toBe(expected);
});
