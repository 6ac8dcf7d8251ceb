import { dailyMetrics } from '@tributary/core/daily-stats';
import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { openAgency } from '../rollup/agency.fixture.ts';
import { exportDays } from './export-days.ts';
import type { Figures } from './figures.ts';
import { getSeries } from './get-series.ts';
import { getTotals } from './get-totals.ts';
import { listBreakdown } from './list-breakdown.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const dayOf = (number: number) => `2026-11-${String(number).padStart(2, '0')}`;
const row = fc.record({
  account: fc.nat(2),
  day: fc.integer({ min: 1, max: 20 }),
  campaign: fc.constantFrom('', 'a', 'ä'),
  source: fc.constantFrom('', 's', '=s'),
  subId: fc.constantFrom('', 'x', '"'),
  amounts: fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 7, maxLength: 7 }),
});
const span = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }));

const summed = [...dailyMetrics, 'unconverted'] as const;
const sum = (each: readonly Figures[]) =>
  Object.fromEntries(summed.map((name) => [name, each.reduce((total, figures) => total + figures[name], 0)]));
const only = (figures: Figures) => sum([figures]);

it('whatever was counted: points, brands, names and lines add up to the totals, from roll-ups as from facts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 25 }),
      span,
      fc.constantFrom('day', 'week', 'month'),
      async (rows, days, interval) => {
        const agency = await openAgency(database);
        for (const [at, account] of agency.accounts.entries()) {
          const own = rows.filter(({ account: whose }) => whose === at);
          const given = own.map(({ day, amounts, campaign, source, subId }) =>
            account.row(dayOf(day), {
              ...{ campaign, source, subId },
              ...Object.fromEntries(dailyMetrics.map((metric, index) => [metric, amounts[index]])),
            }),
          );
          await account.apply({ from: dayOf(1), to: dayOf(20) }, given, '2026-12-20T12:00:00Z');
        }
        await agency.recompute();
        const context = { database: database.api, orgId: agency.orgId };
        const asked = { from: dayOf(Math.min(...days)), to: dayOf(Math.max(...days)), compare: 'previous' } as const;
        const totals = await getTotals(context, asked);
        const expected = only(totals.figures);
        const before = totals.previous && only(totals.previous.figures);

        const { points } = await getSeries(context, { ...asked, interval });
        expect(sum(points.map(({ figures }) => figures))).toEqual(expected);
        expect(sum(points.flatMap(({ previous }) => (previous ? [previous.figures] : [])))).toEqual(before);
        for (const dimension of ['brand', 'campaign', 'source', 'sub_id'] as const) {
          const items = (await listBreakdown(context, { ...asked, dimension, limit: 100 })).map(({ item }) => item);
          expect(sum(items.map(({ figures }) => figures))).toEqual(expected);
          expect(sum(items.flatMap(({ previous }) => (previous ? [previous.figures] : [])))).toEqual(before);
        }
        const { compare: _, ...exported } = asked;
        for (const by of ['day', 'connection', 'subId'] as const) {
          const lines = await exportDays(context, { ...exported, by, limit: 1000 });
          const clicks = lines.map(({ item }) => Number(/,EUR,(-?\d+),/.exec(item)?.[1]));
          expect(clicks.reduce((total, number) => total + number, 0)).toBe(expected.clicks);
        }
        // With one filter the totals are of roll-ups, with both of facts.
        for (const [at, { connectionId }] of agency.accounts.entries()) {
          const account = { ...asked, connectionId: showId('connection', connectionId) };
          const brand = agency.brands[at === 2 ? 1 : 0];
          expect(await getTotals(context, { ...account, brand })).toEqual(await getTotals(context, account));
        }
      },
    ),
    { numRuns: 40 },
  );
}, 240_000);
