import { readId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { commissionReport } from './commission-report.ts';
import { Dealing, mid } from './dealing.fixture.ts';
import { disagreements } from './disagreements.ts';
import { findBegun } from './find-begun.ts';
import { listDealMonths } from './list-deal-months.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const terms = { cpa: { amountMinor: 10_000 } };
const day = '2026-11-05';
const now = { from: '2026-11', to: '2026-11' };

describe('what the network says against what the deal gives', () => {
  it.each([
    ['as much', { minor: 100, bps: 100 }, 10_000, false],
    ['less by what is tolerated', { minor: 100, bps: 0 }, 9900, false],
    ['less by more than that', { minor: 100, bps: 0 }, 9899, true],
    ['more by the share that is tolerated', { minor: 0, bps: 100 }, 10_100, false],
    ['more by more than that', { minor: 0, bps: 100 }, 10_101, true],
    ['off by more than one of both and not the other', { minor: 50, bps: 200 }, 10_150, false],
    ['nothing at all', { minor: 100, bps: 100 }, 0, true],
    ['anything, of a deal that does not compare', null, 0, null],
  ])('%s', async (_, tolerance, commissionMinor, expected) => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day, ftdCount: 1, commissionMinor });
    const deal = await dealing.create({ terms, tolerance, startsOn: '2026-11-01' });
    const [month] = await listDealMonths(dealing.context, { dealId: deal.id, limit: 5 });
    const differenceMinor = commissionMinor - 10_000;
    expect(month?.item).toMatchObject({ month: '2026-11', disagrees: expected, differenceMinor });
    const found = await dealing.run((tx) => disagreements(tx, now), 'worker');
    expect(found).toEqual(
      expected === true
        ? [
            {
              ...{ dealId: readId('deal', deal.id), connectionId: dealing.programme.connectionId, month: '2026-11' },
              ...{ currency: 'EUR', earnedMinor: 10_000, reportedMinor: commissionMinor },
            },
          ]
        : [],
    );
  });

  it.each([
    ['as it is', -300, false],
    ['as nothing to be paid', 0, false],
    ['as either, within what is tolerated', 10, false],
    ['as half of what it is', -150, true],
    ['as something to be paid', 300, true],
  ])('of a month below zero may be told %s', async (_, commissionMinor, expected) => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day, ngrMinor: -1000, commissionMinor });
    const revenueShare = { shareBps: 3000 };
    const deal = await dealing.create({ terms: { revenueShare }, tolerance: { minor: 10, bps: 0 }, startsOn: day });
    const [month] = await listDealMonths(dealing.context, { dealId: deal.id, limit: 5 });
    expect(month?.item).toMatchObject({ earnedMinor: -300, reportedMinor: commissionMinor, disagrees: expected });
  });

  it('is looked for in the months that are asked for', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day: '2026-10-05', ftdCount: 1 }, { day, ftdCount: 1 });
    await dealing.create({ terms });
    const monthsOf = async (from: string, to: string) =>
      (await dealing.run((tx) => disagreements(tx, { from, to }), 'worker')).map(({ month }) => month);
    expect(await monthsOf('2026-09', '2026-11')).toEqual(['2026-10', '2026-11']);
    expect(await monthsOf('2026-11', '2026-11')).toEqual(['2026-11']);
  });

  it('is a line for each month and brand, page by page', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell(
      { day: '2026-10-05', campaign: 'a', ftdCount: 1, commissionMinor: 10_000 },
      { day, campaign: 'a', ftdCount: 2, commissionMinor: 19_000 },
      { day, campaign: 'b', ftdCount: 1, commissionMinor: 10_000 },
      { day, campaign: 'under no deal', ftdCount: 1, commissionMinor: 5 },
    );
    for (const campaign of ['a', 'b']) await dealing.create({ terms, campaign, startsOn: '2026-10-01' });
    const asked = { from: '2026-10', to: '2026-12' };
    const [november, ...others] = await commissionReport(dealing.context, { ...asked, limit: 1 });
    expect(others).toEqual([]);
    expect(november?.item).toEqual({
      ...{ month: '2026-11', brand: 'everflow', currency: 'EUR', deals: 2, disagreeing: 1 },
      ...{ earnedMinor: 30_000, reportedMinor: 29_000, differenceMinor: -1000, payableMinor: 30_000 },
    });
    const rest = await commissionReport(dealing.context, { ...asked, limit: 5, after: november?.position });
    expect(rest.map(({ item: { month, differenceMinor } }) => [month, differenceMinor])).toEqual([['2026-10', 0]]);
  });

  it.each([
    ['2026-11', '2026-10'],
    ['2023-10', '2026-10'],
  ])('is of 1 to 36 months, not from %s to %s', async (from, to) => {
    const dealing = await Dealing.open(database);
    const asking = commissionReport(dealing.context, { from, to, limit: 5 });
    await expect(asking).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('months of a deal', () => {
  it('are listed the latest first, page by page', async () => {
    const dealing = await Dealing.open(database);
    const { id: dealId } = await dealing.create({ terms });
    const first = await listDealMonths(dealing.context, { dealId, limit: 2 });
    expect(first.map(({ position }) => position)).toEqual(['2026-11', '2026-10']);
    const rest = await listDealMonths(dealing.context, { dealId, limit: 2, after: '2026-10' });
    expect(rest.map(({ position }) => position)).toEqual(['2026-09']);
  });

  it('are none before it begins, and nobody’s of a deal that is not there', async () => {
    const [dealing, stranger] = [await Dealing.open(database), await Dealing.open(database)];
    const { id: dealId } = await dealing.create({ terms, startsOn: '2027-01-01' });
    expect(await listDealMonths(dealing.context, { dealId, limit: 2 })).toEqual([]);
    const asking = listDealMonths(stranger.context, { dealId, limit: 2 });
    await expect(asking).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that have begun are found, until they were computed, and not of a suspended organization', async () => {
    const [going, ended, coming] = [
      await Dealing.open(database),
      await Dealing.open(database),
      await Dealing.open(database),
    ];
    await going.create({ terms });
    const { id } = await ended.create({ terms });
    await ended.end(id, '2026-11-20');
    await coming.create({ terms, startsOn: '2027-01-31' });
    const all = [going, ended, coming];
    const found = async (at: string) => {
      const orgIds = await findBegun(database.system, new Date(at));
      return all.map(({ programme: { orgId } }) => orgIds.includes(orgId));
    };
    expect(await found(mid.toISOString())).toEqual([false, false, false]);
    expect(await found('2026-12-01T00:00:00Z')).toEqual([true, false, false]);
    expect(await found('2027-01-15T00:00:00Z')).toEqual([true, false, true]);
    const { orgId } = going.programme;
    const set = `update identity.organizations set status = $2 where id = $1`;
    await database.superuser.query(set, [orgId, 'suspended']);
    expect(await found('2027-01-15T00:00:00Z')).toEqual([false, false, true]);
    await database.superuser.query(set, [orgId, 'active']);
    for (const dealing of all) await dealing.settle(new Date('2027-01-15T00:00:00Z'));
    expect(await found('2027-01-31T23:00:00Z')).toEqual([false, false, false]);
  });
});
