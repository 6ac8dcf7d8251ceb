import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { exportDays, exportHeader } from './export-days.ts';
import { getSeries } from './get-series.ts';
import { getTotals } from './get-totals.ts';
import { listBreakdown } from './list-breakdown.ts';
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

describe('a breakdown', () => {
  it('S0-047 has the brands by their names, those first that brought the most', async () => {
    const items = await listBreakdown(context, { ...week, dimension: 'brand', limit: 10 });
    expect(items.map(({ item }) => [item.value, item.name, ...shown(item)])).toEqual([
      ['everflow', 'Everflow', 40, 130, 0],
      ['awin', 'Awin', 10, 40, 0],
    ]);
  });

  it.each([
    [
      'campaign',
      {},
      [
        ['=1+1', 50],
        ['', 40],
        ['spring', 80],
      ],
    ],
    [
      'campaign',
      { sort: 'clicks' },
      [
        ['spring', 80],
        ['', 40],
        ['=1+1', 50],
      ],
    ],
    [
      'source',
      {},
      [
        ['', 120],
        ['mail', 50],
      ],
    ],
    [
      'sub_id',
      {},
      [
        ['', 120],
        ['b,"7"', 50],
      ],
    ],
  ] as const)('is by %s, sorted by what is asked: %j', async (dimension, sort, expected) => {
    const items = await listBreakdown(context, { ...week, ...sort, dimension, limit: 10 });
    const found = items.map(({ item }) => [item.value, item.figures.commissionMinor]);
    expect(found).toEqual('sort' in sort ? expected : expected.toSorted(([, a], [, b]) => b - a));
  });

  it('is of one account or one network, which no roll-up tells', async () => {
    const of = async (filter: object) =>
      (await listBreakdown(context, { ...week, ...filter, dimension: 'campaign', limit: 10 })).map(({ item }) => [
        ...[item.value, item.figures.commissionMinor],
      ]);
    expect(await of({ connectionId: ids[1] })).toEqual([['spring', -20]]);
    expect(await of({ brand: 'awin' })).toEqual([['', 40]]);
    expect(await of({ brand: 'awin', connectionId: ids[1] })).toEqual([]);
  });

  it('compared has those too that had something only before', async () => {
    const items = await listBreakdown(context, { ...week, dimension: 'campaign', compare: 'previous', limit: 10 });
    expect(items.map(({ item }) => [item.value, item.figures.clicks, item.previous?.figures.clicks])).toEqual([
      ['spring', 30, 0],
      ['=1+1', 10, 0],
      ['', 10, 0],
      ['old', 0, 10],
    ]);
  });

  it('is read in pages of any size, whatever names are like and however many have the same sum', async () => {
    const [one] = agency.accounts;
    const long = '😀'.repeat(100);
    const names = [`${long}a`, `${long}b`, 'Z', 'a', 'ä', '\u0001', "'", 'z'.repeat(200), `${'z'.repeat(199)}y`];
    await one.apply(
      { from: '2026-11-15', to: '2026-11-15' },
      names.map((campaign) =>
        one.row('2026-11-15', { campaign, clicks: 1, commissionMinor: campaign === 'Z' ? -1 : 0 }),
      ),
      '2026-12-20T12:00:00Z',
    );
    await agency.recompute();
    const asked = { from: '2026-11-15', to: '2026-11-15', dimension: 'campaign' } as const;
    const all = (await listBreakdown(context, { ...asked, limit: 100 })).map(({ item }) => item.value);
    expect(all.toSorted()).toEqual(names.toSorted());
    expect(all.at(-1)).toBe('Z');
    for (const limit of [1, 2, 4]) {
      const read: string[] = [];
      let page = await listBreakdown(context, { ...asked, limit });
      while (page.length > 0) {
        read.push(...page.map(({ item }) => item.value));
        for (const { position } of page) expect(Buffer.byteLength(JSON.stringify(position))).toBeLessThan(340);
        page = await listBreakdown(context, { ...asked, limit, after: page.at(-1)?.position });
      }
      expect(read).toEqual(all);
    }
  });
});

describe('an export', () => {
  const lines = async (change: object, limit = 100) => {
    let page = await exportDays(context, { ...week, limit, ...change });
    const read: string[] = [];
    while (page.length > 0) {
      read.push(...page.map(({ item }) => item));
      page = await exportDays(context, { ...week, limit, ...change, after: page.at(-1)?.position });
    }
    return read;
  };

  it('has a line for each day with facts, under the names of its columns', async () => {
    expect(exportHeader).toBe(
      'day,by,value,currency,clicks,signups,ftdCount,depositsMinor,ggrMinor,ngrMinor,commissionMinor,signupRate,ftdRate,epcMinor,unconverted\r\n',
    );
    expect(await lines({})).toEqual([
      '2026-11-01,day,"",EUR,20,8,2,1000,180,140,30,0.4,0.25,1.5,0\r\n',
      '2026-11-02,day,"",EUR,20,8,2,900,162,126,90,0.4,0.25,4.5,0\r\n',
      '2026-11-07,day,"",EUR,10,4,1,500,90,70,50,0.4,0.25,5,0\r\n',
    ]);
  });

  it('as a spreadsheet opens it runs nothing', async () => {
    expect((await lines({ by: 'campaign' })).at(-1)).toMatch(/^2026-11-07,campaign,'=1\+1,EUR,10,/);
    expect((await lines({ by: 'subId' })).at(-1)).toMatch(/^2026-11-07,subId,"b,""7""",EUR,/);
  });

  it('names connections as everything else does', async () => {
    const read = await lines({ by: 'connection', from: '2026-11-01', to: '2026-11-01' });
    expect(read.map((line) => line.split(',')[2]).toSorted()).toEqual([ids[0], ids[1]].toSorted());
  });

  it.each([
    {},
    { by: 'campaign' },
    { by: 'brand' },
    { by: 'campaign', brand: 'everflow' },
    { by: 'brand', from: '2026-10-01' },
  ])('of %j is whole in pages of any size', async (change) => {
    const all = await lines(change);
    for (const limit of [1, 2, 3]) expect(await lines(change, limit)).toEqual(all);
  });
});

describe('every question is one round trip:', () => {
  const compare = 'previous';
  it.each([
    ['totals', () => getTotals(context, { ...week, compare })],
    ['totals of facts', () => getTotals(context, { ...week, compare, brand: 'everflow', connectionId: ids[0] })],
    ['a series', () => getSeries(context, { ...week, compare, interval: 'month' })],
    ['brands', () => listBreakdown(context, { ...week, compare, dimension: 'brand', limit: 10 })],
    [
      'campaigns of an account',
      () => listBreakdown(context, { ...week, connectionId: ids[0], dimension: 'campaign', limit: 10 }),
    ],
    ['an export', () => exportDays(context, { ...week, by: 'brand', limit: 10 })],
  ])('%s', async (_what, ask) => {
    const fetches = vi.spyOn(globalThis, 'fetch');
    await ask();
    const bodies = fetches.mock.calls.map(([, init]) => JSON.parse(String(init?.body)));
    fetches.mockRestore();
    // What binds it to the organization, and the statement.
    expect(bodies.map(({ queries }) => queries.length)).toEqual([2]);
  });
});
