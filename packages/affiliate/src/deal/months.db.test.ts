import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { Dealing, mid } from './dealing.fixture.ts';
import { recomputeDeals } from './recompute-deals.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const share = (shareBps: number) => ({ revenueShare: { shareBps } });
const cpa = (amountMinor: number) => ({ cpa: { amountMinor } });
const carried = { mode: 'carry', basis: 'ngr' } as const;

describe('a balance', () => {
  it('A2: is derived anew through all months when an earlier one is restated', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day: '2026-09-05', ngrMinor: -10_000 });
    await dealing.tell({ day: '2026-11-05', ngrMinor: 15_000 });
    await dealing.create({ terms: share(3000), carryOver: carried });
    expect(await dealing.column('opening')).toEqual([0, -10_000, -10_000]);
    expect(await dealing.column('payable')).toEqual([0, 0, 1500]);
    await dealing.settle();
    await dealing.tell({ day: '2026-09-05', ngrMinor: -4000 });
    expect(await dealing.settle()).toEqual({ written: 3 });
    expect(await dealing.column('opening')).toEqual([0, -4000, -4000]);
    expect(await dealing.column('payable')).toEqual([0, 0, 3300]);
  });

  it('A4: is not carried where the deal says so, and other months are left alone', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day: '2026-09-05', ngrMinor: -5000 });
    await dealing.create({ terms: share(3000), carryOver: { mode: 'none', basis: 'ngr' } });
    await dealing.settle();
    await dealing.tell({ day: '2026-09-05', ngrMinor: -6000 });
    expect(await dealing.settle()).toEqual({ written: 1 });
    expect(await dealing.column('opening')).toEqual([0, 0, 0]);
  });

  it('A13: is netted with deals of the same brand, at whichever account, and with no others', async () => {
    const dealing = await Dealing.open(database);
    const other = await dealing.beside();
    await dealing.tell(
      { day: '2026-11-05', campaign: 'a', ngrMinor: 400 },
      { day: '2026-11-05', campaign: 'b', ngrMinor: 70 },
    );
    await other.tell({ day: '2026-11-05', ngrMinor: -150 });
    const pooled = { terms: share(10_000), startsOn: '2026-11-01', carryOver: { mode: 'brand' as const } };
    const winner = await dealing.create({ ...pooled, campaign: 'a' });
    const alone = await dealing.create({ ...pooled, campaign: 'b', carryOver: { mode: 'organization' } });
    const loser = await other.create(pooled);
    const payable = async (deal: { id: string }) => (await dealing.column('payable', deal.id))[0];
    expect([await payable(winner), await payable(loser), await payable(alone)]).toEqual([250, 0, 70]);
    await dealing.settle();
    await other.tell({ day: '2026-11-05', ngrMinor: -500 });
    await dealing.settle();
    expect(await payable(winner)).toBe(0);
    expect(await dealing.column('closing', loser.id)).toEqual([-100]);
  });
});

describe('months', () => {
  it('that are as they were are not written', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day: '2026-10-05', ngrMinor: 100, ftdCount: 1 });
    await dealing.create({ terms: { ...cpa(5), ...share(2500), flatMinor: 7 }, carryOver: carried });
    await dealing.settle();
    const before = await dealing.months();
    await database.superuser.query(
      `insert into affiliate.dirty_days (org_id, day) select $1, d from generate_series('2026-08-01'::date, '2026-11-20', '1 day') d`,
      [dealing.programme.orgId],
    );
    expect(await dealing.settle()).toEqual({ written: 0 });
    expect(await dealing.months()).toEqual(before);
  });

  it('begin when the month does, although nothing happened', async () => {
    const dealing = await Dealing.open(database);
    await dealing.create({ terms: { flatMinor: 500 } });
    await dealing.settle(new Date('2026-12-01T00:00:01Z'));
    expect(await dealing.column('month')).toEqual(['2026-09', '2026-10', '2026-11', '2026-12']);
    expect(await dealing.column('earned')).toEqual([500, 500, 500, 500]);
  });

  it('begin with the network’s day, which may be ahead of ours', async () => {
    const dealing = await Dealing.open(database);
    await dealing.create({ terms: cpa(1) });
    await dealing.tell({ day: '2026-12-01', ftdCount: 3 });
    await dealing.settle(new Date('2026-11-30T13:00:00Z'));
    expect(await dealing.column('earned')).toEqual([0, 0, 0, 3]);
  });

  it('of facts to come wait for their time', async () => {
    const dealing = await Dealing.open(database);
    await dealing.create({ terms: cpa(1) });
    await dealing.tell({ day: '2027-01-01', ftdCount: 3 });
    await dealing.settle();
    expect(await dealing.column('month')).toEqual(['2026-09', '2026-10', '2026-11']);
    await dealing.settle(new Date('2027-01-01T00:00:00Z'));
    expect(await dealing.column('earned')).toEqual([0, 0, 0, 0, 3]);
  });

  it('are capped by day where the terms say so', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell(
      { day: '2026-11-01', campaign: 'a', ftdCount: 3 },
      { day: '2026-11-01', campaign: 'b', ftdCount: 3 },
      { day: '2026-11-02', ftdCount: 1 },
    );
    await dealing.create({ terms: { ...cpa(10), caps: { ftdPerDay: 4 } }, startsOn: '2026-11-01' });
    expect(await dealing.column('earned')).toEqual([50]);
  });

  it('are those of terms that change while they are computed', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day: '2026-11-05', ftdCount: 1 });
    const { id } = await dealing.create({ terms: cpa(100) });
    await dealing.tell({ day: '2026-11-05', ftdCount: 2 });
    let changing: Promise<unknown> = Promise.resolve();
    await dealing.run(async (tx) => {
      const query: typeof tx.query = async (text, values) => {
        // Between what was read and what is written of it.
        if (text.includes('insert into affiliate.deal_months')) {
          let isOver = false;
          changing = dealing.change(id, '2026-11-01', cpa(150)).finally(() => {
            isOver = true;
          });
          await dealing.untilWaiting(() => isOver);
        }
        return tx.query(text, values);
      };
      await recomputeDeals({ ...tx, query, drizzle: tx.drizzle }, { days: ['2026-11-05'], now: mid });
    }, 'worker');
    await changing;
    expect(await dealing.column('earned')).toEqual([0, 0, 300]);
  });

  it('of many deals take as many statements as of one', async () => {
    const dealing = await Dealing.open(database);
    const count = () =>
      dealing.run(async (tx) => {
        let statements = 0;
        const query: typeof tx.query = (text, values) => {
          statements += 1;
          return tx.query(text, values);
        };
        await recomputeDeals({ ...tx, query, drizzle: tx.drizzle }, { days: ['2026-10-05'], now: mid });
        return statements;
      }, 'worker');
    await dealing.create({ terms: cpa(1), campaign: 'c0' });
    const one = await count();
    for (const at of [1, 2, 3, 4, 5]) await dealing.create({ terms: cpa(1), campaign: `c${at}`, carryOver: carried });
    expect(await count()).toBe(one);
    expect(one).toBeLessThanOrEqual(7);
  });
});
