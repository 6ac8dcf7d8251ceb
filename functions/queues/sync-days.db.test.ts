import { PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DaysOptions, isOf, openDaysPlace, truth, windowsOf } from './sync-days.fixture.ts';

const minute = 60_000;

describe('a sync of days', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = (options?: DaysOptions) => openDaysPlace(database, options);

  it('brings every day of the account, the newest first, and then those that may still change', async () => {
    const place = await open();
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
    expect(windowsOf(place)).toEqual([
      '2026-11-02/2026-11-21',
      '2026-10-13/2026-11-01',
      '2026-09-23/2026-10-12',
      '2026-09-13/2026-09-22',
    ]);
    expect(await place.lastRun()).toMatchObject({ status: 'success', pages: 7, objects: 140, changed: 140 });
    place.network.asked.length = 0;
    expect(await place.run()).toBe('success');
    expect(windowsOf(place)).toEqual(['2026-11-02/2026-11-21', '2026-10-18/2026-11-01']);
  });

  it('twice of the same days changes nothing, and keeps no bytes twice', async () => {
    const place = await open();
    await place.run();
    const before = await place.kept();
    expect(await place.run()).toBe('success');
    expect(await place.kept()).toEqual(before);
    expect(await place.lastRun()).toMatchObject({ status: 'success', objects: 70, changed: 0 });
  });

  it('brings what the network changed afterwards, with the bytes that told it', async () => {
    const place = await open();
    await place.run();
    const { clicksOf } = place.network;
    place.network.clicksOf = (day) => clicksOf(day) + (day === '2026-11-03' ? 5 : 0);
    const { length } = await place.pulls();
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
    expect((await place.pulls()).slice(length)).toEqual(['GET 2026-11-02/2026-11-21/1', 'GET 2026-11-02/2026-11-21/2']);
  });

  const bad = '2026-10-15';
  const badWindow = '2026-10-13/2026-11-01';

  it('F17: leaves a list that goes round within three repeats, names its days, and reads the others', async () => {
    const place = await open();
    place.network.answer = (asked, page) => (isOf(asked, bad) ? { ...page, cursor: '2' } : page);
    expect(await place.run()).toBe('partial');
    expect(place.network.asked.filter((asked) => isOf(asked, bad) && asked.page === 2).length).toBeLessThanOrEqual(3);
    expect(await place.lastRun()).toMatchObject({ reason: 'cursor_loop', failedWindows: [badWindow] });
    const all = truth(place);
    const others = Object.entries(all).filter(([day]) => day < '2026-10-13' || day > '2026-11-01');
    expect(await place.clicks()).toEqual(Object.fromEntries(others));
    place.network.answer = (_, page) => page;
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(all);
    expect(await place.lastRun()).toMatchObject({ reason: null, failedWindows: [] });
  });

  it.each([
    ['an answer nobody can read', () => new ProviderError('invalid_response', 'no'), 'provider_invalid_response'],
    ['no answer', () => new ProviderError('unavailable', 'no'), 'provider_unavailable'],
    ['a fault of ours', () => new TypeError('undefined is not a function'), 'internal'],
  ])('of which one window meets %s reads the others, and that one with the next plan', async (_, error, reason) => {
    const place = await open();
    place.network.answer = (asked, page) => {
      if (isOf(asked, bad) && asked.page === 2) throw error();
      return page;
    };
    const before = await place.dueIn();
    expect(await place.run()).toBe('partial');
    expect(await place.lastRun()).toMatchObject({ reason, failedWindows: [badWindow] });
    expect(place.failures).toMatchObject([{ stream: { resource: 'days' }, window: { from: '2026-10-13' } }]);
    expect(await place.dueIn()).toBe(before);
    // Bytes of what came to nothing are metered, and kept with nothing.
    expect((await place.pulls()).filter((request) => request.includes(badWindow))).toEqual([]);
    expect(await place.lastRun()).toMatchObject({ bytes: 100 * place.network.asked.length });
    place.network.answer = (_asked, page) => page;
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
  });

  it('with a row that can never be applied names its window as refused, and reads the others', async () => {
    const place = await open();
    place.network.answer = (asked, page) =>
      isOf(asked, bad) ? { ...page, rows: page.rows.map((row) => ({ ...row, currency: 'USD' })) } : page;
    expect(await place.run()).toBe('partial');
    expect(await place.lastRun()).toMatchObject({ reason: 'facts_refused', failedWindows: [badWindow], bytes: 700 });
  });

  it('zeroes nothing for what an incomplete window does not have, and asks for it again', async () => {
    const place = await open();
    await place.run();
    const before = await place.clicks();
    place.network.answer = (asked, page) =>
      isOf(asked, bad) || isOf(asked, '2026-10-20') ? { ...page, rows: [], isComplete: asked.page > 1 } : page;
    expect(await place.run()).toBe('partial');
    expect(await place.clicks()).toEqual(before);
    expect(await place.lastRun()).toMatchObject({
      reason: 'window_incomplete',
      failedWindows: ['2026-10-18/2026-11-01'],
    });
    place.network.answer = (_, page) => page;
    place.network.clicksOf = (day) => (day === '2026-10-20' ? 0 : Number(day.slice(8)));
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual({ ...before, '2026-10-20': 0 });
  });

  it('asks again for a window that was incomplete, however long ago its days are', async () => {
    const place = await open();
    place.network.answer = (asked, page) =>
      isOf(asked, '2026-09-15') ? { ...page, rows: [], isComplete: false } : page;
    expect(await place.run()).toBe('partial');
    expect(await place.lastRun()).toMatchObject({ failedWindows: ['2026-09-13/2026-09-22'] });
    place.network.answer = (_, page) => page;
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
  });

  it('that the network refuses for now ends, keeps what it has, and goes on from there when it was told to', async () => {
    const place = await open();
    const tired = () => {
      throw new ProviderError('rate_limited', 'later', { retryAfterMs: 90_000 });
    };
    place.network.answer = (asked, page) => (isOf(asked, bad) ? tired() : page);
    expect(await place.run()).toBe('partial');
    expect(await place.lastRun()).toMatchObject({ reason: 'provider_rate_limited', failedWindows: [] });
    expect(Object.keys(await place.clicks())).toHaveLength(20);
    expect(await place.dueIn()).toBeGreaterThanOrEqual(90_000);
    expect(await place.dueIn()).toBeLessThanOrEqual(99_000);
    place.network.answer = (_, page) => page;
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
    // What had been read is not read again by the same plan.
    expect(windowsOf(place).filter((window) => window === '2026-11-02/2026-11-21')).toHaveLength(1);
  });

  it.each([
    ['that is away', () => new ProviderError('unavailable', 'no'), 3, 'provider_unavailable'],
    ['that lets us in no more', () => new ProviderError('unauthorized', 'no'), 1, 'provider_unauthorized'],
    ['at which we are to authorise anew', () => new PermanentFailure('needs_reconnect', 'no'), 1, 'needs_reconnect'],
  ])('asks a network %s no more than it must', async (_, error, questions, reason) => {
    const place = await open({ windowDays: 5 });
    place.network.answer = () => {
      throw error();
    };
    expect(await place.run()).toBe('failed');
    expect(place.network.asked).toHaveLength(questions);
    expect(await place.lastRun()).toMatchObject({ status: 'failed', reason });
    place.network.answer = (_asked, page) => page;
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
  });

  it('that ends a plan of which another run could not have a window says so', async () => {
    const place = await open();
    place.network.answer = (asked, page) => {
      if (isOf(asked, bad)) throw new ProviderError('invalid_response', 'no');
      return page;
    };
    const untilFailed = () => place.failures.length === 0;
    expect(await place.run({ mayGoOn: untilFailed })).toBe('partial');
    expect(await place.dueIn()).toBeLessThanOrEqual(30 * minute);
    place.network.answer = (_, page) => page;
    expect(await place.run()).toBe('partial');
    expect(await place.lastRun()).toMatchObject({ reason: 'window_missing', failedWindows: [badWindow] });
    expect(await place.run()).toBe('success');
    expect(await place.clicks()).toEqual(truth(place));
  });
});
