import type { PullSource } from '@tributary/core/pull-source';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { killedAt, openPlace, type Place, type PlaceOptions, watched } from './sync-place.fixture.ts';

const minute = 60_000;
const overlapMs = 180_000;

describe('a run', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = (options?: PlaceOptions) => openPlace(database, options);

  describe('of what was never pulled', () => {
    it('brings all that is there, page by page', async () => {
      const place = await open({ pageSize: 4 });
      await place.sell(10);
      expect(await place.office.run(place.shop)).toBe('success');
      expect(await place.sold()).toEqual(place.truth());
      expect(await place.lastRun()).toMatchObject({ status: 'success', reason: null, changed: 10 });
      expect(await place.connection()).toMatchObject({
        run_lease: null,
        failures: 0,
        last_success_at: place.clock.now(),
      });
    });

    it('begins so long before it was connected', async () => {
      const place = await open();
      await place.office.run(place.shop);
      const month = 30 * 24 * 60 * minute;
      const beginning = new Date(place.clock.now().getTime() - month - 1).toISOString();
      expect(place.askedSince('payments')).toEqual([beginning]);
    });

    it('asks for the locations once, and for each page of sales twice: the list and their orders', async () => {
      const place = await open();
      place.merchant.addLocation({ name: 'Side Street' });
      const [main, side] = place.merchant.locations().map(({ id }) => id);
      await place.sell(3, main);
      await place.sell(3, side);
      await place.office.run(place.shop);
      const asked = place.square.requests().map(({ path }) => path);
      expect(asked.filter((path) => path === '/v2/locations')).toHaveLength(1);
      expect(asked.filter((path) => path === '/v2/orders/batch-retrieve')).toHaveLength(2);
      // Payments and refunds of two locations.
      expect(asked).toHaveLength(1 + 2 + 4);
    });
  });

  describe('of what was pulled before', () => {
    it('reads what changed since, and a little more', async () => {
      const place = await open();
      await place.sell(3);
      await place.office.run(place.shop);
      const before = new Date(Math.max(...place.merchant.payments().map(({ updated_at: at }) => Date.parse(at))));
      await place.clock.advance(20 * minute);
      await place.sell(1);
      expect(await place.office.run(place.shop)).toBe('success');
      expect(await place.sold()).toEqual(place.truth());
      expect(await place.lastRun()).toMatchObject({ changed: 1 });
      const from = new Date(before.getTime() - overlapMs - 1).toISOString();
      expect(place.askedSince('payments').at(-1)).toBe(from);
    });

    it('keeps the bytes of what told something new, and no others', async () => {
      const place = await open();
      await place.sell(2);
      await place.office.run(place.shop);
      const kept = await place.pulls();
      expect(kept.map(({ request }) => request.split('?')[0])).toEqual([
        'GET v2/payments',
        expect.stringMatching(/^POST v2\/orders\/batch-retrieve/),
      ]);
      expect(JSON.parse(kept[0]?.body ?? '').payments).toHaveLength(2);
      await place.office.run(place.shop);
      expect(await place.pulls()).toHaveLength(2);
      await place.clock.advance(minute);
      place.merchant.refundPayment({ paymentId: place.merchant.payments()[0]?.id ?? '' });
      await place.office.run(place.shop);
      expect((await place.pulls()).map(({ request }) => request.split('?')[0]).slice(2)).toEqual([
        'GET v2/payments',
        expect.stringMatching(/^POST v2\/orders\/batch-retrieve/),
        'GET v2/refunds',
      ]);
    });

    it('I6 changes nothing when nothing has changed', async () => {
      const place = await open();
      await place.sell(3);
      await place.office.run(place.shop);
      const xmins = () =>
        place.office.rows(
          'select id, xmin::text from loyalty.transactions where org_id = $1 order by id',
          place.shop.orgId,
        );
      const before = await xmins();
      await place.office.run(place.shop);
      expect(await xmins()).toEqual(before);
      expect(await place.lastRun()).toMatchObject({ status: 'success', changed: 0 });
    });

    it('walks a location that is new from its beginning, and the others from where they stand', async () => {
      const place = await open();
      await place.sell(2);
      await place.office.run(place.shop);
      const { id } = place.merchant.addLocation({ name: 'New' });
      await place.sell(2, id);
      expect(await place.office.run(place.shop)).toBe('success');
      expect(await place.sold()).toEqual(place.truth());
      expect(await place.streams()).toHaveLength(4);
    });

    it('leaves alone what belongs to a location that is listed no more, and goes on with it when it is again', async () => {
      const place = await open();
      const { id } = place.merchant.addLocation({ name: 'Side' });
      await place.sell(2, id);
      await place.office.run(place.shop);
      const [before, atSide] = [
        await place.sold(),
        (await place.streams()).filter(({ location_ref: ref }) => ref === id),
      ];
      const { square } = place.office.sources;
      const without: PullSource = {
        ...square,
        streams: async (call) => (await square.streams(call)).filter(({ locationRef }) => locationRef !== id),
      };
      await place.sell(1, id);
      expect(await place.office.run(place.shop, { sources: { square: without } })).toBe('success');
      const ended = (await place.streams()).filter(({ location_ref: ref }) => ref === id);
      expect(ended).toEqual(atSide.map((stream) => ({ ...stream, status: 'ended' })));
      expect(await place.sold()).toEqual(before);
      await place.office.run(place.shop);
      expect((await place.streams()).map(({ status }) => status)).toEqual(Array(4).fill('active'));
      expect(await place.sold()).toEqual(place.truth());
    });
  });

  describe('that is killed', () => {
    it('is gone on with at the page it had come to', async () => {
      const place = await open({ pageSize: 2 });
      await place.sell(9);
      await killedAt(place, 3);
      expect(Object.keys(await place.sold())).toHaveLength(3);
      const reached = (await place.streams()).find(({ resource }) => resource === 'payments');
      expect(reached?.watermark).toBeNull();
      expect(await place.office.run(place.shop)).toBe('success');
      expect(await place.sold()).toEqual(place.truth());
      const from = reached?.position?.from ?? '';
      expect(place.askedSince('payments')).toContain(new Date(Date.parse(from) - 1).toISOString());
      const left = await place.office.rows(
        `select reason from sync.runs where org_id = $1 and status = 'failed'`,
        place.shop.orgId,
      );
      expect(left).toEqual([{ reason: 'left_behind' }]);
    });

    it('at any page loses and doubles nothing', async () => {
      let deaths = 0;
      for (let isDead = true; isDead; ) {
        const place = await open({ pageSize: 2 });
        await place.sell(5);
        place.merchant.refundPayment({ paymentId: place.merchant.payments()[0]?.id ?? '' });
        isDead = await killedAt(place, deaths + 1);
        deaths += 1;
        if (isDead) expect(await place.office.run(place.shop)).toBe('success');
        expect(await place.sold()).toEqual(place.truth());
        const [points] = await place.office.rows(
          'select sum(points)::int as points from loyalty.reward_events where org_id = $1',
          place.shop.orgId,
        );
        expect(points).toEqual({ points: 4 * 10 });
      }
      expect(deaths).toBeGreaterThan(4);
    });
  });

  describe('moves the watermark', () => {
    const watermarkOf = async (place: Place) =>
      (await place.streams()).find(({ resource }) => resource === 'payments')?.watermark;

    it('to the last change it saw, when it has come to the end', async () => {
      const place = await open({ pageSize: 2 });
      await place.sell(5);
      await place.clock.advance(minute);
      await place.office.run(place.shop);
      expect(await watermarkOf(place)).toEqual(new Date(place.merchant.payments().at(-1)?.updated_at ?? ''));
      expect(await place.streams()).toMatchObject(
        Array(2).fill({ position: null, highest: null, walk_began_at: null }),
      );
    });

    it('I13 not past the time at which the walk began', async () => {
      const place = await open({ pageSize: 2 });
      await place.sell(4);
      const began = place.clock.now();
      const selling = watched(place, (page) => (page < 4 ? place.sell(1) : undefined));
      await place.office.run(place.shop, selling);
      expect(await watermarkOf(place)).toEqual(began);
    });

    it('not back, and not at all over an empty list', async () => {
      const place = await open();
      await place.office.run(place.shop);
      expect(await watermarkOf(place)).toBeNull();
      await place.sell(1);
      await place.office.run(place.shop);
      const reached = await watermarkOf(place);
      await place.clock.advance(60 * minute);
      await place.office.run(place.shop);
      expect(await watermarkOf(place)).toEqual(reached);
    });
  });
});
