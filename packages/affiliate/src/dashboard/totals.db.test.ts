import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAgency } from '../rollup/agency.fixture.ts';
import { getSeries } from './get-series.ts';
import { getTotals } from './get-totals.ts';
import { openWeek, quoteDollars, shown, type Week, week } from './week.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await quoteDollars(database);
});

let agency: Week['agency'];
let ids: Week['ids'];
let context: Week['context'];
beforeEach(async () => {
  ({ agency, ids, context } = await openWeek(database));
});

describe('totals', () => {
  it('are of the days asked for, both included, in the base currency', async () => {
    const totals = await getTotals(context, week);
    expect(totals).toMatchObject({ ...week, currency: 'EUR', previous: null });
    // 0.50 USD at 1.25 are 0.40 EUR.
    expect(totals.figures).toMatchObject({
      clicks: 50,
      signups: 20,
      commissionMinor: 170,
      signupRate: 0.4,
      epcMinor: 3.4,
    });
    expect(shown(await getTotals(context, { from: '2026-11-02', to: '2026-11-06' }))).toEqual([20, 90, 0]);
  });

  it.each([
    ['a network', () => ({ brand: 'everflow' }), [40, 130, 0]],
    ['an account', () => ({ connectionId: ids[1] }), [10, -20, 0]],
    ['a network and an account of it', () => ({ brand: 'everflow', connectionId: ids[1] }), [10, -20, 0]],
    ['a network and an account of another', () => ({ brand: 'awin', connectionId: ids[1] }), [0, 0, 0]],
    ['a network that is not used', () => ({ brand: 'nobody' }), [0, 0, 0]],
  ])('are of %s', async (_what, filter, expected) => {
    expect(shown(await getTotals(context, { ...week, ...filter() }))).toEqual(expected);
  });

  it('are compared with as many days before', async () => {
    const { previous } = await getTotals(context, { ...week, compare: 'previous' });
    expect(previous).toMatchObject({
      from: '2026-10-25',
      to: '2026-10-31',
      figures: { clicks: 10, commissionMinor: 100 },
    });
    expect(previous?.change).toMatchObject({
      clicks: { absolute: 40, percent: 400 },
      commissionMinor: { absolute: 70, percent: 70 },
    });
    const none = await getTotals(context, { from: '2026-10-31', to: '2026-10-31', compare: 'previous' });
    expect(none.previous?.change.clicks).toEqual({ absolute: 10, percent: null });
  });

  it('A41 say how many rows their amounts miss', async () => {
    const november = { from: '2026-11-01', to: '2026-11-30' };
    expect(shown(await getTotals(context, november))).toEqual([60, 170, 1]);
    expect(shown(await getTotals(context, { ...november, brand: 'awin', connectionId: ids[2] }))).toEqual([20, 40, 1]);
  });

  it('S0-039 in another base currency miss what is not derived in it yet', async () => {
    await database.superuser.query(`update identity.organizations set base_currency = 'USD' where id = $1`, [
      agency.orgId,
    ]);
    expect(await getTotals(context, week)).toMatchObject({ currency: 'USD' });
    expect(shown(await getTotals(context, week))).toEqual([50, 0, 5]);
    expect(shown(await getTotals(context, { ...week, brand: 'everflow', connectionId: ids[0] }))).toEqual([30, 0, 3]);
  });

  it('of others are nothing', async () => {
    const others = await openAgency(database);
    expect(shown(await getTotals({ ...context, orgId: others.orgId }, { ...week, connectionId: ids[0] }))).toEqual([
      0, 0, 0,
    ]);
    expect(shown(await getTotals({ ...context, orgId: others.orgId }, week))).toEqual([0, 0, 0]);
  });

  it.each([
    ['no day', { from: '2026-11-31' }],
    ['a day before PostgreSQL can count', { from: '0000-01-01' }],
    ['a time', { from: '2026-11-01T00:00:00Z' }],
    ['a period that ends before it begins', { from: '2026-11-08' }],
    ['a period too long', { from: '2025-10-03' }],
    ['what is no id', { connectionId: 'con_1' }],
    ['what is no slug', { brand: 'a b' }],
  ])('of %s are refused', async (_what, change) => {
    await expect(getTotals(context, { ...week, ...change })).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('a series', () => {
  it('has every day, those without facts too', async () => {
    const { currency, points } = await getSeries(context, week);
    expect(currency).toBe('EUR');
    expect(points.map((point) => [point.from, point.to, ...shown(point)])).toEqual([
      ['2026-11-01', '2026-11-01', 20, 30, 0],
      ['2026-11-02', '2026-11-02', 20, 90, 0],
      ...['3', '4', '5', '6'].map((day) => [`2026-11-0${day}`, `2026-11-0${day}`, 0, 0, 0]),
      ['2026-11-07', '2026-11-07', 10, 50, 0],
    ]);
  });

  it('by weeks begins them on Mondays, and is cut to the period', async () => {
    const { points } = await getSeries(context, { from: '2026-10-31', to: '2026-11-10', interval: 'week' });
    expect(points.map((point) => [point.from, point.to, ...shown(point)])).toEqual([
      ['2026-10-31', '2026-11-01', 30, 130, 0],
      ['2026-11-02', '2026-11-08', 30, 140, 0],
      ['2026-11-09', '2026-11-10', 0, 0, 0],
    ]);
  });

  it('by months, of one network', async () => {
    const { points } = await getSeries(context, {
      from: '2026-10-15',
      to: '2026-11-30',
      interval: 'month',
      brand: 'awin',
    });
    expect(points.map((point) => [point.from, point.to, ...shown(point)])).toEqual([
      ['2026-10-15', '2026-10-31', 0, 0, 0],
      ['2026-11-01', '2026-11-30', 20, 40, 1],
    ]);
  });

  it('is compared day by day with the period before', async () => {
    const { points } = await getSeries(context, { ...week, compare: 'previous' });
    expect(points.map(({ previous }) => [previous?.from, previous?.figures.commissionMinor])).toEqual([
      ...['25', '26', '27', '28', '29', '30'].map((day) => [`2026-10-${day}`, 0]),
      ['2026-10-31', 100],
    ]);
    const weeks = await getSeries(context, { ...week, interval: 'week', compare: 'previous' });
    expect(weeks.points.map(({ previous }) => [previous?.from, previous?.to, previous?.figures.clicks])).toEqual([
      ['2026-10-25', '2026-10-25', 0],
      ['2026-10-26', '2026-10-31', 10],
    ]);
  });

  it('of an organization without facts is zeros in its currency', async () => {
    const { orgId } = await openAgency(database);
    const { currency, points } = await getSeries({ ...context, orgId }, week);
    expect([currency, points.length, points.every(({ figures }) => figures.clicks === 0)]).toEqual(['EUR', 7, true]);
  });
});
