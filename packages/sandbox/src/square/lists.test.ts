import { describe, expect, it } from 'vitest';
import { openLists, type Row } from './lists.fixture.ts';
import { dayMs, minuteMs, proves, startedAt, type TestSquare } from './square.fixture.ts';

const later = (milliseconds: number) => new Date(startedAt.getTime() + milliseconds).toISOString();
/** Every page. `between` runs after each but the last. */
const walk = async (square: TestSquare, query: Record<string, string>, between = async () => {}): Promise<Row[]> => {
  const rows: Row[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const asked = new URLSearchParams({ ...query, ...(cursor && { cursor }) });
    const { body } = await square.ask(`GET /v2/payments?${asked}`);
    rows.push(...(body.payments ?? []));
    cursor = body.cursor;
    if (cursor !== undefined) await between();
  }
  return rows;
};

describe('what is listed', () => {
  it(proves('payments_main_location'), async () => {
    const { merchant, ids } = openLists();
    const main = merchant.takePayment({ amountMinor: 1 });
    const side = merchant.takePayment({ amountMinor: 2, locationId: 'LSIDE' });
    expect(await ids()).toEqual([main.id]);
    expect(await ids({ location_id: 'LSIDE' })).toEqual([side.id]);
  });

  it(proves('refunds_all_locations'), async () => {
    const { merchant, list, ids } = openLists();
    const refunds = ['LMAIN', 'LSIDE'].map((locationId) => {
      const { id } = merchant.takePayment({ amountMinor: 5, locationId });
      return merchant.refundPayment({ paymentId: id }).id;
    });
    expect((await ids({}, 'refunds')).toSorted()).toEqual(refunds.toSorted());
    expect(await list({ location_id: 'LSIDE' }, 'refunds')).toMatchObject([{ id: refunds[1] }]);
  });

  it(proves('unknown_location'), async () => {
    const { square } = openLists();
    expect(await square.refusal('GET /v2/payments?location_id=ELSEWHERE')).toEqual([404, 'NOT_FOUND']);
  });

  it(proves('list_filters'), async () => {
    const { merchant, ids } = openLists();
    const online = merchant.takePayment({ amountMinor: 100, tipMinor: 20 });
    const offline = merchant.takePayment({ amountMinor: 100, offlineAt: new Date(startedAt.getTime() - minuteMs) });
    expect(await ids({ total: '120' })).toEqual([online.id]);
    expect(await ids({ is_offline_payment: 'true' })).toEqual([offline.id]);
    expect(await ids({ is_offline_payment: 'false' })).toEqual([online.id]);
    expect(await ids({ card_brand: 'MASTERCARD', last_4: '9029' })).toHaveLength(2);
    expect(await ids({ card_brand: 'VISA' })).toEqual([]);
    expect(await ids({ offline_begin_time: later(-minuteMs), offline_end_time: later(0) })).toEqual([offline.id]);

    const done = merchant.refundPayment({ paymentId: online.id, amountMinor: 1 });
    const open = merchant.refundPayment({ paymentId: online.id, amountMinor: 2, status: 'PENDING' });
    expect(await ids({ status: 'PENDING' }, 'refunds')).toEqual([open.id]);
    expect((await ids({ source_type: 'CARD' }, 'refunds')).sort()).toEqual([done.id, open.id].sort());
    expect(await ids({ source_type: 'CASH' }, 'refunds')).toEqual([]);
  });

  it(proves('list_begin_default'), async () => {
    const { square, merchant, list, sell } = openLists();
    const [old] = await sell(1);
    await square.clock.advance(365 * dayMs);
    merchant.addProcessingFee(old as string, 3);
    const recent = { updated_at_begin_time: later(364 * dayMs) };
    const { accessToken } = square.sandbox.authorize(merchant.id);
    expect(await list(recent, 'payments', accessToken)).toEqual([]);
    expect(await list({ ...recent, begin_time: later(-dayMs) }, 'payments', accessToken)).toMatchObject([{ id: old }]);
  });

  it(proves('list_times_inclusive'), async () => {
    const { ids, sell } = openLists();
    const [first, second, third] = await sell(3, 1000);
    const [begin, end] = [later(0), later(1000)];
    const updated = { updated_at_begin_time: begin, updated_at_end_time: end };
    expect(await ids(updated)).toEqual([second, first]);
    expect(await ids({ begin_time: later(-1), end_time: later(999) })).toEqual([second, first]);
    expect(await ids({ updated_at_begin_time: '2026-11-21T13:00:01+01:00' })).toEqual([third, second]);
    const exclusive = openLists({ updatedAtBegin: 'exclusive' });
    const [, later2] = await exclusive.sell(3, 1000);
    expect(await exclusive.ids(updated)).toEqual([later2]);
  });

  it('of refunds goes by the times of the refund', async () => {
    const { square, merchant, ids, sell } = openLists();
    const [paymentId = ''] = await sell(1);
    const old = merchant.refundPayment({ paymentId, amountMinor: 1, status: 'PENDING' });
    await square.clock.advance(dayMs);
    merchant.settleRefund(old.id, 'COMPLETED');
    expect(await ids({ updated_at_begin_time: later(dayMs) }, 'refunds')).toEqual([old.id]);
    expect(await ids({ begin_time: later(dayMs) }, 'refunds')).toEqual([]);
  });

  it(proves('list_empty'), async () => {
    const { square } = openLists();
    expect((await square.ask('GET /v2/payments')).body).toEqual({});
    expect((await square.ask('GET /v2/refunds')).body).toEqual({});
  });

  it.each([
    ['begin_time=yesterday', 'INVALID_TIME'],
    ['updated_at_end_time=2026-11-21', 'INVALID_TIME'],
    ['sort_field=AMOUNT', 'INVALID_ENUM_VALUE'],
    ['sort_order=asc', 'INVALID_ENUM_VALUE'],
    ['limit=many', 'EXPECTED_INTEGER'],
    ['limit=0', 'INVALID_VALUE'],
    ['total=1.5', 'EXPECTED_INTEGER'],
    ['is_offline_payment=yes', 'EXPECTED_BOOLEAN'],
  ])(`${proves('list_bad_parameter')} (%s)`, async (query, code) => {
    const { square } = openLists();
    const { status, body } = await square.ask(`GET /v2/payments?${query}`);
    expect([status, body.errors[0].code, body.errors[0].field]).toEqual([400, code, query.split('=')[0]]);
    expect(await square.refusal('GET /v2/refunds?sort_field=OFFLINE_CREATED_AT')).toEqual([400, 'INVALID_ENUM_VALUE']);
  });
});

describe('the order of a list', () => {
  it(proves('list_order'), async () => {
    const { merchant, ids, sell } = openLists();
    const [first = '', second = '', third = ''] = await sell(3);
    merchant.addProcessingFee(first, 3);
    expect(await ids()).toEqual([third, second, first]);
    expect(await ids({ sort_order: 'ASC' })).toEqual([first, second, third]);
    expect(await ids({ sort_field: 'UPDATED_AT', sort_order: 'ASC' })).toEqual([second, third, first]);
    const offline = [2, 1].map(
      (minutes) =>
        merchant.takePayment({ amountMinor: 1, offlineAt: new Date(startedAt.getTime() - minutes * minuteMs) }).id,
    );
    expect(await ids({ sort_field: 'OFFLINE_CREATED_AT', sort_order: 'ASC' })).toEqual(offline);
  });

  it('has equal times in one and the same order on every page', async () => {
    const { square, merchant } = openLists();
    for (let index = 0; index < 25; index += 1) merchant.takePayment({ amountMinor: index });
    for (const order of ['ASC', 'DESC']) {
      const rows = await walk(square, { limit: '4', sort_field: 'UPDATED_AT', sort_order: order });
      const sorted = rows.map(({ id }) => id).sort();
      expect(rows.map(({ id }) => id)).toEqual(order === 'ASC' ? sorted : sorted.toReversed());
      expect(new Set(sorted).size).toBe(25);
      expect(new Set(rows.map(({ updated_at }) => updated_at)).size).toBe(1);
    }
  });
});

describe('a page', () => {
  it(proves('list_limit'), async () => {
    const { square, merchant, list } = openLists();
    for (let index = 0; index < 120; index += 1) merchant.takePayment({ amountMinor: index });
    expect(await list()).toHaveLength(100);
    expect(await list({ limit: '7' })).toHaveLength(7);
    expect(await list({ limit: '101' })).toHaveLength(100);
    expect(await walk(square, { limit: '50' })).toHaveLength(120);
  });

  it(proves('list_cursor'), async () => {
    const { square, ids, sell } = openLists();
    const taken = await sell(3);
    const { cursor } = (await square.ask('GET /v2/payments?limit=1&sort_order=ASC')).body;
    expect(await ids({ cursor, sort_order: 'ASC', limit: '2' })).toEqual(taken.slice(1));
    for (const query of [`cursor=${cursor}`, `cursor=${cursor}&sort_order=ASC&location_id=LMAIN`, 'cursor=made-up'])
      expect(await square.refusal(`GET /v2/payments?${query}`)).toEqual([400, 'INVALID_CURSOR']);
  });

  it(proves('list_cursor_kind'), async () => {
    const walkWhileChanging = async (cursorKind: 'keyset' | 'offset') => {
      const { square, merchant, sell } = openLists({ cursorKind });
      const taken = await sell(30);
      // A payment of the page that was just read moves to the end of the list.
      const query = { limit: '5', sort_field: 'UPDATED_AT', sort_order: 'ASC' };
      let moved = 0;
      const seen = await walk(square, query, async () => {
        if (moved < 4) merchant.addProcessingFee(taken[moved] as string, 1);
        moved += 1;
      });
      return taken.filter((id) => !seen.some((row) => row.id === id)).length;
    };
    expect(await walkWhileChanging('keyset')).toBe(0);
    expect(await walkWhileChanging('offset')).toBeGreaterThan(0);
  });

  it(proves('list_eventual'), async () => {
    const { square, merchant, list, ids } = openLists({ listedWithinMs: 10_000 });
    const taken = Array.from({ length: 20 }, () => merchant.takePayment({ amountMinor: 1 }).id);
    expect((await square.ask(`GET /v2/payments/${taken[0]}`)).status).toBe(200);
    const [atOnce, soon] = [await ids(), await square.clock.advance(5000).then(() => ids())];
    expect(atOnce.length).toBeLessThan(soon.length);
    expect(soon.length).toBeLessThan(20);
    await square.clock.advance(5000);
    expect(await ids()).toHaveLength(20);

    const changed = merchant.changePayment(taken[0] as string, { tipMinor: 50 });
    const find = async () => (await list()).find(({ id }) => id === changed.id)?.updated_at;
    expect(await find()).not.toBe(changed.updated_at);
    await square.clock.advance(10_000);
    expect(await find()).toBe(changed.updated_at);
  });

  it('never goes back to an older version that is listed late', async () => {
    const { square, merchant, list } = openLists({ listedWithinMs: 60_000 });
    const changed = Array.from({ length: 30 }, () => {
      const { id } = merchant.takePayment({ amountMinor: 1 });
      merchant.addProcessingFee(id, 1);
      return merchant.addProcessingFee(id, 2);
    });
    const shown = new Map<string, string>();
    for (let second = 0; second <= 60; second += 1) {
      for (const { id, updated_at } of await list()) {
        expect(updated_at >= (shown.get(id) ?? '')).toBe(true);
        shown.set(id, updated_at);
      }
      await square.clock.advance(1000);
    }
    expect(shown).toEqual(new Map(changed.map(({ id, updated_at }) => [id, updated_at])));
  });
});
