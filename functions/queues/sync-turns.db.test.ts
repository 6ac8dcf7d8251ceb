import type { PullSource } from '@tributary/core/pull-source';
import { withTenant } from '@tributary/db/transaction';
import { disconnect } from '@tributary/sync/connection/connect';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openPlace, type PlaceOptions, watched } from './sync-place.fixture.ts';

describe('a run', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = (options?: PlaceOptions) => openPlace(database, options);

  describe('while there is another', () => {
    it('of two at once one is skipped', async () => {
      const place = await open({ pageSize: 2 });
      await place.sell(5);
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => place.office.run(place.shop)));
      expect(outcomes.sort()).toEqual(['skipped', 'skipped', 'skipped', 'skipped', 'success']);
      expect(await place.sold()).toEqual(place.truth());
    });

    it('writes nothing any more once its lease was taken over', async () => {
      const place = await open({ pageSize: 2 });
      await place.sell(6);
      let seen: unknown;
      const taken = watched(place, async (page) => {
        if (page !== 2) return;
        await place.office.endLease(place.shop);
        expect(await place.office.run(place.shop)).toBe('success');
        await place.sell(1);
        seen = [await place.sold(), await place.streams(), await place.connection(), await place.lastRun()];
      });
      expect(await place.office.run(place.shop, taken)).toBe('skipped');
      expect([await place.sold(), await place.streams(), await place.connection(), await place.lastRun()]).toEqual(
        seen,
      );
    });

    it('ends no stream once its lease was taken over', async () => {
      const place = await open();
      await place.office.run(place.shop);
      const { square } = place.office.sources;
      const late: PullSource = {
        ...square,
        streams: async () => {
          await place.office.endLease(place.shop);
          await place.office.run(place.shop);
          return [];
        },
      };
      expect(await place.office.run(place.shop, { sources: { square: late } })).toBe('skipped');
      expect((await place.streams()).map(({ status }) => status)).toEqual(['active', 'active']);
    });

    it('of a connection that is ended meanwhile, ends too', async () => {
      const place = await open({ pageSize: 2 });
      await place.sell(4);
      const { orgId, connectionId } = place.shop;
      const ending = watched(place, async (page) => {
        if (page !== 2) return;
        await withTenant({ database: database.worker, orgId }, (tx) =>
          disconnect(tx, { orgId, connectionId, at: place.clock.now() }),
        );
      });
      expect(await place.office.run(place.shop, ending)).toBe('skipped');
      expect(Object.keys(await place.sold())).toHaveLength(2);
      expect(await place.lastRun()).toMatchObject({ status: 'failed', reason: 'lease_lost' });
      expect(await place.connection()).toMatchObject({ status: 'disconnected', next_run_at: null, run_lease: null });
      expect(await place.office.run(place.shop)).toBe('skipped');
    });
  });

  it('ends after the page it has when the time is over, and the next goes on there', async () => {
    const place = await open({ pageSize: 2 });
    await place.sell(7);
    let left = 2;
    const mayGoOn = () => left-- > 0;
    expect(await place.office.run(place.shop, { mayGoOn })).toBe('out_of_time');
    expect(await place.lastRun()).toMatchObject({ status: 'partial', reason: 'out_of_time', pages: 2 });
    expect(await place.connection()).toMatchObject({ failures: 0, run_lease: null, last_success_at: null });
    const has = Object.keys(await place.sold()).length;
    expect(has).toBeLessThan(7);
    expect(await place.office.run(place.shop)).toBe('success');
    expect(await place.sold()).toEqual(place.truth());
  });

  it('ends early where a page takes seconds, and leaves the rest to the schedule', async () => {
    const place = await open({ pageSize: 2 });
    await place.sell(30);
    const slow = watched(place, () => place.clock.advance(9_000));
    expect(await place.office.run(place.shop, slow)).toBe('partial');
    expect(await place.lastRun()).toMatchObject({ status: 'partial', reason: 'provider_slow', pages: 4 });
    expect(await place.connection()).toMatchObject({ failures: 0 });
    expect(await place.office.run(place.shop)).toBe('success');
    expect(await place.sold()).toEqual(place.truth());
  });
});
