import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openProgramme } from '../account/programme.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

describe('a change is a restatement', () => {
  const window = { from: '2026-11-15', to: '2026-11-20' };
  const counted = (metric: 'clicks') => [{ day: '2026-11-20', metric, from: 2, to: 3 }];

  it.each([
    ['not while the day goes on', ['2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z', '2026-11-20T23:00:00Z'], []],
    [
      'not when what was counted to its end is read first',
      ['2026-11-20T10:00:00Z', '2026-11-20T23:00:00Z', '2026-11-21T01:00:00Z'],
      [],
    ],
    [
      'from the first reading after its end on',
      ['2026-11-20T10:00:00Z', '2026-11-21T01:00:00Z', '2026-11-21T02:00:00Z'],
      counted('clicks'),
    ],
    ['a month later', ['2026-11-20T10:00:00Z', '2026-11-21T01:00:00Z', '2026-12-21T02:00:00Z'], counted('clicks')],
  ])('%s', async (_, times, changes) => {
    const programme = await openProgramme(database);
    for (const [at, time] of times.entries()) {
      await programme.apply(window, [programme.row('2026-11-20', { clicks: at + 1 })], time);
    }
    expect(await programme.changes()).toEqual(changes);
    expect(await programme.facts()).toMatchObject([{ clicks: 3 }]);
  });

  it('by the day of the network’s zone: at 03:00 UTC it is still yesterday in New York', async () => {
    const times = ['2026-11-21T03:00:00Z', '2026-11-21T03:30:00Z', '2026-11-21T03:45:00Z'];
    const seen = [];
    for (const timeZone of ['America/New_York', 'Europe/Berlin']) {
      const programme = await openProgramme(database, { timeZone });
      for (const [at, time] of times.entries()) {
        await programme.apply(window, [programme.row('2026-11-20', { clicks: at + 1 })], time);
      }
      seen.push((await programme.changes()).length);
    }
    expect(seen).toEqual([0, 2]);
  });

  it('not when all there was of it after its end was a part', async () => {
    const programme = await openProgramme(database);
    await programme.apply(window, [programme.row('2026-11-20', { clicks: 1 })], '2026-11-20T10:00:00Z');
    await programme.apply(window, [programme.row('2026-11-20', { clicks: 2 })], '2026-11-21T10:00:00Z', false);
    await programme.apply(window, [programme.row('2026-11-20', { clicks: 3 })], '2026-11-21T11:00:00Z');
    expect(await programme.changes()).toEqual([]);
  });

  it('not for a day that a window read since does not reach', async () => {
    const programme = await openProgramme(database);
    await programme.apply(window, [programme.row('2026-11-20', { clicks: 1 })], '2026-11-20T10:00:00Z');
    await programme.apply({ from: '2026-11-21', to: '2026-11-21' }, [], '2026-11-21T10:00:00Z');
    await programme.apply(window, [programme.row('2026-11-20', { clicks: 2 })], '2026-11-21T11:00:00Z');
    expect(await programme.changes()).toEqual([]);
  });

  it('not for a day that was never read whole after its end, though days after it were: the newest are read first', async () => {
    const programme = await openProgramme(database);
    const [old, gap] = ['2026-11-15', '2026-11-16'];
    const told = (clicks: number) => [old, gap].map((day) => programme.row(day, { clicks }));
    await programme.apply({ from: old, to: gap }, told(1), '2026-11-16T10:00:00Z');
    await programme.apply({ from: '2026-11-18', to: '2026-11-20' }, [], '2026-11-20T10:00:00Z');
    await programme.apply({ from: old, to: '2026-11-17' }, told(2), '2026-11-20T10:01:00Z');
    expect(await programme.changes()).toEqual([{ day: old, metric: 'clicks', from: 1, to: 2 }]);
    await programme.apply({ from: old, to: '2026-11-20' }, told(3), '2026-11-20T13:00:00Z');
    expect(await programme.changes()).toMatchObject([{ day: old }, { day: old }, { day: gap, from: 2, to: 3 }]);
  });
});
