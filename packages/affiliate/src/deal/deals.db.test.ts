import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { Dealing, mid } from './dealing.fixture.ts';
import { getDeal } from './get-deal.ts';
import { listDeals } from './list-deals.ts';
import { recomputeDeals } from './recompute-deals.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const share = (shareBps: number) => ({ revenueShare: { shareBps } });
const cpa = (amountMinor: number) => ({ cpa: { amountMinor } });
const carried = { mode: 'carry', basis: 'ngr' } as const;

/** Until a session waits for a lock, or nobody is left to. */
async function untilWaiting(isOver: () => boolean): Promise<void> {
  for (;;) {
    const { rows } = await database.superuser.query(
      `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows[0].waiting > 0 || isOver()) return;
  }
}

describe('a deal', () => {
  it('is there as it was made, with months from facts that were there before', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell({ day: '2026-09-03', ftdCount: 4, commissionMinor: 390 }, { day: '2026-10-03', ftdCount: 1 });
    const deal = await dealing.create({ terms: { ...cpa(100), holdDays: 30 } });
    expect(await getDeal(dealing.context, { dealId: deal.id })).toEqual(deal);
    expect(deal).toMatchObject({
      brand: 'everflow',
      currency: 'EUR',
      campaign: '',
      endsOn: null,
      versions: [{ version: 1 }],
    });
    expect(await dealing.figures()).toMatchObject([
      { month: '2026-09', earned: 400, payable: 400, reported: 390, payableOn: '2026-10-30' },
      { month: '2026-10', earned: 100, payable: 100, reported: 0, payableOn: '2026-11-30' },
      { month: '2026-11', earned: 0, payable: 0, reported: 0, payableOn: '2026-12-30' },
    ]);
  });

  it.each([
    [{}, 1111],
    [{ campaign: 'a' }, 11],
    [{ campaign: 'a', source: 'y' }, 10],
    [{ source: 'x' }, 101],
    [{ campaign: 'c' }, 0],
  ])('counts the traffic that it names and no other: %o', async (filter, expected) => {
    const dealing = await Dealing.open(database);
    const day = '2026-11-03';
    await dealing.tell(
      { day, campaign: 'a', source: 'x', ftdCount: 1 },
      { day, campaign: 'a', source: 'y', ftdCount: 10 },
      { day, campaign: 'b', source: 'x', ftdCount: 100 },
      { day, ftdCount: 1000 },
    );
    const deal = await dealing.create({ terms: cpa(1), ...filter });
    expect(await dealing.column('earned', deal.id)).toEqual([0, 0, expected]);
  });

  it.each([
    ['the same', {}, {}],
    ['one campaign among all', {}, { campaign: 'a' }],
    ['all among which is one source', { source: 's' }, {}],
    ['a campaign and a source, of which either could be the other’s', { campaign: 'a' }, { source: 's' }],
  ])('has no traffic twice: %s', async (_, first, second) => {
    const dealing = await Dealing.open(database);
    const { id } = await dealing.create({ terms: cpa(1), ...first });
    await expect(dealing.create({ terms: cpa(1), ...second })).rejects.toMatchObject({ code: 'deal_overlaps' });
    await dealing.end(id, '2026-10-31');
    const begins = (startsOn: string) => dealing.create({ terms: cpa(1), startsOn, ...second });
    await expect(begins('2026-10-31')).rejects.toMatchObject({ code: 'deal_overlaps' });
    await expect(begins('2026-11-01')).resolves.toMatchObject({ startsOn: '2026-11-01' });
  });

  it('has traffic of its own beside others', async () => {
    const dealing = await Dealing.open(database);
    await dealing.create({ terms: cpa(1), campaign: 'a' });
    await dealing.create({ terms: cpa(1), campaign: 'b' });
    await (await dealing.beside()).create({ terms: cpa(1) });
    expect(await listDeals(dealing.context, { limit: 10 })).toHaveLength(3);
  });

  it('is one of 500 that have no end', async () => {
    const dealing = await Dealing.open(database);
    const { id } = await dealing.create({ terms: cpa(1), campaign: 'first' });
    await database.superuser.query(
      `with copied as (
         insert into affiliate.deals (org_id, connection_id, brand, currency, name, campaign, starts_on, carry_mode, carry_basis, carry_before_tiers)
         select org_id, connection_id, brand, currency, name, at, starts_on, carry_mode, carry_basis, carry_before_tiers
         from affiliate.deals, generate_series(2, 500) at where org_id = $1 returning org_id, id, starts_on
       )
       insert into affiliate.deal_versions (org_id, deal_id, version, effective_from, terms)
       select c.org_id, c.id, 1, c.starts_on, v.terms from copied c join affiliate.deal_versions v on v.org_id = c.org_id`,
      [dealing.programme.orgId],
    );
    const one = () => dealing.create({ terms: cpa(1), campaign: 'one more' });
    await expect(one()).rejects.toMatchObject({ code: 'limit_reached' });
    await dealing.end(id, '2026-12-31');
    await expect(one()).resolves.toMatchObject({ campaign: 'one more' });
  });

  it('is made once by those who make it at the same moment', async () => {
    const dealing = await Dealing.open(database);
    let second: Promise<unknown> = Promise.resolve();
    await dealing.run(async (tx) => {
      await dealing.createIn(tx, { terms: cpa(1) });
      let isOver = false;
      second = dealing
        .create({ terms: cpa(1) })
        .then(
          () => 'made',
          ({ code }) => code,
        )
        .finally(() => {
          isOver = true;
        });
      await untilWaiting(() => isOver);
    });
    expect(await second).toBe('deal_overlaps');
  });

  it('is of one organization', async () => {
    const [ours, theirs] = [await Dealing.open(database), await Dealing.open(database)];
    const { id, connectionId } = await theirs.create({ terms: cpa(1) });
    const unknown = { code: 'not_found' };
    await expect(getDeal(ours.context, { dealId: id })).rejects.toMatchObject(unknown);
    await expect(ours.change(id, '2026-10-01', cpa(2))).rejects.toMatchObject(unknown);
    await expect(ours.end(id, '2026-10-01')).rejects.toMatchObject(unknown);
    await expect(ours.create({ terms: cpa(1), connectionId })).rejects.toMatchObject(unknown);
    expect(await listDeals(ours.context, { limit: 10 })).toEqual([]);
  });

  it('is recorded with what was decided', async () => {
    const dealing = await Dealing.open(database);
    const { id } = await dealing.create({ terms: cpa(1) });
    await dealing.change(id, '2026-10-01', cpa(2));
    await dealing.end(id, '2026-12-31');
    const { rows } = await database.superuser.query(
      `select action, after->>'endsOn' as ends from audit.records where org_id = $1 and target_type = 'deal' order by id`,
      [dealing.programme.orgId],
    );
    expect(rows.map(({ action }) => action)).toEqual(['deal.create', 'deal.add_version', 'deal.end']);
    expect(rows.at(-1).ends).toBe('2026-12-31');
  });
});

describe('terms that change', () => {
  it('A58: hold from their day on, and leave months before it as they were', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell(
      ...['2026-09-20', '2026-10-09', '2026-10-10', '2026-11-01'].map((day) => ({ day, ftdCount: 1 })),
    );
    const { id } = await dealing.create({ terms: cpa(100) });
    const [september] = await dealing.months();
    const changed = await dealing.change(id, '2026-10-10', cpa(150));
    expect(changed.versions.map(({ version, effectiveFrom }) => [version, effectiveFrom])).toEqual([
      [1, '2026-09-01'],
      [2, '2026-10-10'],
    ]);
    expect(await dealing.column('earned')).toEqual([100, 250, 150]);
    expect(await dealing.column('first')).toEqual([1, 1, 2]);
    expect(await dealing.column('last')).toEqual([1, 2, 2]);
    expect((await dealing.months())[0]).toEqual(september);
  });

  it.each([
    ['on the day of the version before', '2026-09-01', 'version_not_later'],
    ['before it', '2026-08-31', 'version_not_later'],
    ['after the deal', '2026-11-01', 'deal_ended'],
  ])('are refused %s', async (_, day, code) => {
    const dealing = await Dealing.open(database);
    const { id } = await dealing.create({ terms: cpa(1) });
    await dealing.end(id, '2026-10-31');
    await expect(dealing.change(id, day, cpa(2))).rejects.toMatchObject({ code });
  });

  it('change 49 times at most', async () => {
    const dealing = await Dealing.open(database);
    const { id } = await dealing.create({ terms: cpa(1), startsOn: '2027-01-01' });
    await database.superuser.query(
      `insert into affiliate.deal_versions (org_id, deal_id, version, effective_from, terms)
       select org_id, deal_id, at, effective_from + at, terms from affiliate.deal_versions, generate_series(2, 49) at where org_id = $1`,
      [dealing.programme.orgId],
    );
    await expect(dealing.change(id, '2028-01-01', cpa(2))).resolves.toMatchObject({ id });
    await expect(dealing.change(id, '2028-01-02', cpa(2))).rejects.toMatchObject({ code: 'limit_reached' });
  });

  it('never change what was agreed before', async () => {
    const dealing = await Dealing.open(database);
    await dealing.create({ terms: cpa(1) });
    const change = database.superuser.query(`update affiliate.deal_versions set terms = '{}' where org_id = $1`, [
      dealing.programme.orgId,
    ]);
    await expect(change).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a deal that ends', () => {
  it('has no months after its last day, and pays its own days', async () => {
    const dealing = await Dealing.open(database);
    await dealing.tell(
      ...['2026-09-30', '2026-10-10', '2026-10-11', '2026-11-01'].map((day) => ({ day, ftdCount: 1 })),
    );
    const { id } = await dealing.create({ terms: { ...cpa(100), flatMinor: 3100 } });
    await dealing.end(id, '2026-10-10');
    expect(await dealing.column('earned')).toEqual([3200, 1100]);
    await expect(dealing.end(id, '2026-10-11')).rejects.toMatchObject({ code: 'deal_ended' });
  });

  it('does not end before it begins', async () => {
    const dealing = await Dealing.open(database);
    const { id } = await dealing.create({ terms: cpa(1) });
    await expect(dealing.end(id, '2026-08-31')).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

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
          await untilWaiting(() => isOver);
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
