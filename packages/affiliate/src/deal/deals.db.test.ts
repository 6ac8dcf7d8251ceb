import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { Dealing } from './dealing.fixture.ts';
import { getDeal } from './get-deal.ts';
import { listDeals } from './list-deals.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const cpa = (amountMinor: number) => ({ cpa: { amountMinor } });

describe('a deal', () => {
  it('S0-009 is there as it was made, with months from facts that were there before', async () => {
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
  ])(
    'S0-008 S0-010 counts the traffic of the campaigns and sources it names and no other: %o',
    async (filter, expected) => {
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
    },
  );

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
      await dealing.untilWaiting(() => isOver);
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
