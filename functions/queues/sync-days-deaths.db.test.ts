import { AppError } from '@tributary/core/errors';
import { createRandom } from '@tributary/sandbox/kernel/random';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DaysOptions, type DaysPlace, openDaysPlace, truth, windowsOf } from './sync-days.fixture.ts';

describe('a sync of days that dies', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = (options?: DaysOptions) => openDaysPlace(database, options);

  const timesAsked = (place: DaysPlace) => {
    const times = Map.groupBy(windowsOf(place), (window) => window);
    return [...times.values()].map(({ length }) => length);
  };

  /** The place's dependencies, of which everything dies at the k-th time that one of them is used. */
  function dyingAt(place: DaysPlace, last: number) {
    let used = 0;
    const live = () => {
      used += 1;
      if (used >= last) throw new AppError('unavailable', 'The worker is gone.');
    };
    place.network.answer = (_, page) => {
      live();
      return page;
    };
    const clock = () => {
      live();
      return place.runs.clock();
    };
    const mayGoOn = () => {
      live();
      return true;
    };
    return { clock, mayGoOn };
  }

  async function dies(place: DaysPlace, last: number): Promise<boolean> {
    const died = await place.run(dyingAt(place, last)).then(
      () => false,
      () => true,
    );
    place.network.answer = (_, page) => page;
    if (died) await place.endLease();
    return died;
  }

  it('at any page, before any commit or after it, is gone on with: nothing is lost, doubled or asked for a third time', async () => {
    const whole = await open();
    await whole.run();
    const expected = await whole.kept();
    let deaths = 0;
    for (let last = 1; ; last += 1) {
      const place = await open();
      if (!(await dies(place, last))) break;
      deaths += 1;
      expect(await place.run()).toBe('success');
      expect(await place.kept()).toEqual(expected);
      // The window that it died in, and no other.
      const again = timesAsked(place).filter((times) => times > 1);
      expect(again.length).toBeLessThanOrEqual(1);
      expect(Math.max(...timesAsked(place))).toBeLessThanOrEqual(2);
    }
    expect(deaths).toBeGreaterThan(30);
  });

  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'again and again, of whatever plan, asks for no window more often than it died and once: %i',
    async (seed) => {
      const random = createRandom(`deaths ${seed}`);
      const options = {
        backfillDays: 36 + random.below(60),
        windowDays: 1 + random.below(40),
        rowsPerPage: 1 + random.below(30),
      };
      const whole = await open(options);
      expect(await whole.run()).toBe('success');
      const place = await open(options);
      let deaths = 0;
      while (deaths < 8 && (await dies(place, 1 + random.below(deaths === 0 ? 20 : 60)))) deaths += 1;
      expect(deaths).toBeGreaterThan(0);
      if (deaths === 8) expect(await place.run()).toBe('success');
      expect(await place.clicks()).toEqual(truth(place));
      expect(await place.kept()).toEqual(await whole.kept());
      const more = timesAsked(place).reduce((sum, times) => sum + times - 1, 0);
      expect(more).toBeLessThanOrEqual(deaths);
    },
  );
});
