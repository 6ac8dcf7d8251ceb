import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DaysOptions, type DaysPlace, isOf, openDaysPlace, truth, windowsOf } from './sync-days.fixture.ts';

describe('a sync of days for which a run is too short', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = (options?: DaysOptions) => openDaysPlace(database, options);

  const minute = 60_000;
  const bad = '2026-10-15';
  const pageMs = 10_000;
  const functionMs = 45_000;

  /** Runs as the queue does: one that is out of time goes on at once. @returns the outcomes */
  async function syncOnce(place: DaysPlace): Promise<string[]> {
    const outcomes: string[] = [];
    do {
      const beganMs = place.clock.now().getTime();
      const mayGoOn = () => place.clock.now().getTime() - beganMs < functionMs;
      outcomes.push(await place.run({ mayGoOn }));
    } while (outcomes.at(-1) === 'out_of_time');
    return outcomes;
  }

  it('goes on with fewer days at a time, until all is there', async () => {
    const place = await open({ rowsPerPage: 4 });
    place.network.answer = async (_, page) => {
      await place.clock.advance(2500);
      return page;
    };
    // A window of twenty days has ten pages, half a minute's worth more than there is once one was read.
    const outcomes = await syncOnce(place);
    expect(outcomes.at(-1)).toBe('success');
    expect(outcomes.length).toBeLessThanOrEqual(6);
    expect(await place.clicks()).toEqual(truth(place));
  });

  it('names a day that is too large by itself, reads the others, and does not run in circles', async () => {
    const place = await open({ backfillDays: 40, rowsPerPage: 2 });
    place.network.answer = async (asked, page) => {
      const isEndless = isOf(asked, bad);
      if (isEndless) await place.clock.advance(1000);
      return isEndless ? { ...page, cursor: String(asked.page + 1) } : page;
    };
    const outcomes: string[] = [];
    for (let slot = 0; slot < 3; slot += 1) outcomes.push(...(await syncOnce(place)));
    // Twenty days, ten, five, three, two, one.
    expect(outcomes.filter((outcome) => outcome === 'out_of_time').length).toBeLessThanOrEqual(2 * 6);
    const { rows: named } = await database.superuser.query(
      'select distinct reason from sync.runs where connection_id = $1 and failed_windows = $2 order by 1',
      [place.connectionId, [`${bad}/${bad}`]],
    );
    expect(named).toEqual([{ reason: 'window_missing' }, { reason: 'window_too_large' }]);
    const { [bad]: _, ...others } = truth(place);
    expect(await place.clicks()).toEqual(others);
  });

  it('asks in smaller parts for more rows than fit in memory, in the same run', async () => {
    const place = await open({ rowsPerPage: 100 });
    place.network.answer = ({ window }, page) => ({
      ...page,
      rows:
        window.from <= bad && bad <= window.to && window.from < window.to
          ? Array(100_001).fill(page.rows[0])
          : page.rows,
    });
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
  });

  it('waits for the pages of a slow network as long as there is time where one day takes long', async () => {
    const place = await open({ backfillDays: 3, windowDays: 1, rowsPerPage: 1 });
    place.network.answer = async (_, page) => {
      await place.clock.advance(pageMs * 2);
      return page;
    };
    expect(await place.run()).toBe('partial');
    expect(await place.lastRun()).toMatchObject({ reason: 'provider_slow', failedWindows: [] });
    expect(Object.keys(await place.clicks())).toEqual(['2026-11-21']);
    // The rest does not wait for as long as a schedule may have it.
    expect(await place.dueIn()).toBeLessThanOrEqual(30 * minute);
    while ((await place.run()) === 'partial') expect(windowsOf(place).length).toBeLessThan(10);
    expect(await place.clicks()).toEqual(truth(place));
  });
});
