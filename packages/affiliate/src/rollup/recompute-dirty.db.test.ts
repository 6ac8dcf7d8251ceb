import { type DailyStats, dailyMetrics } from '@tributary/core/daily-stats';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { applyDailyStats } from '../fact/apply-daily-stats.ts';
import { type Agency, openAgency } from './agency.fixture.ts';
import { recomputeDirty } from './recompute-dirty.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await database.superuser.query(
    `insert into ref.exchange_rates (source, currency, day, rate) select 'ecb', currency, day, rate
     from generate_series(date '2026-11-01', '2026-11-08', '1 day') day, (values ('EUR', 1), ('USD', 1.25)) as quoted (currency, rate)`,
  );
});

const window = { from: '2026-11-01', to: '2026-11-30' };
const at = '2026-12-20T12:00:00Z';

/** Two days of each account, with and without names; the last one of the dollars has no rate. */
async function fill({ accounts: [one, two, three] }: Agency): Promise<void> {
  const some = {
    clicks: 10,
    signups: 3,
    ftdCount: 1,
    depositsMinor: 500,
    ggrMinor: -70,
    ngrMinor: -90,
    commissionMinor: 33,
  };
  await one.apply(
    window,
    [one.row('2026-11-01', some), one.row('2026-11-01', { ...some, campaign: 'a', source: 's' })],
    at,
  );
  await two.apply(
    window,
    [two.row('2026-11-01', { ...some, campaign: 'a', subId: 'x' }), two.row('2026-11-02', some)],
    at,
  );
  await three.apply(window, [three.row('2026-11-02', some), three.row('2026-11-25', some)], at);
}

describe('the roll-ups of days that were marked', () => {
  it('S0-052: are what the facts add up to, by every dimension, and the marks are gone', async () => {
    const agency = await openAgency(database);
    await fill(agency);
    expect((await agency.recompute()).days).toEqual(['2026-11-01', '2026-11-02', '2026-11-25']);
    const stored = await agency.stored();
    expect(stored).toEqual(await agency.expected());
    expect(stored['2026-11-01|campaign|a']).toEqual([20, 6, 2, 1000, -140, -180, 66, 2, 0]);
    // 5.00 USD at 1.25 are 4.00 EUR.
    expect(stored['2026-11-02|brand|awin']).toEqual([10, 3, 1, 400, -56, -72, 26, 1, 0]);
    expect(await agency.accounts[0].dirtyDays()).toEqual([]);
  });

  it('A41 miss the amounts of rows without a rate, not their counts, and say of how many', async () => {
    const agency = await openAgency(database);
    await fill(agency);
    await agency.recompute();
    expect((await agency.stored())['2026-11-25|total|']).toEqual([10, 3, 1, 0, 0, 0, 0, 1, 1]);
  });

  it('computed again are not even touched where they are right', async () => {
    const agency = await openAgency(database);
    await fill(agency);
    expect((await agency.recompute()).written).toBe(Object.keys(await agency.expected()).length);
    const places = await agency.places();
    const [one] = agency.accounts;
    const mark = `insert into affiliate.dirty_days (org_id, day) select distinct org_id, day from affiliate.stats_daily where org_id = $1`;
    await database.superuser.query(mark, [agency.orgId]);
    expect(await agency.recompute()).toMatchObject({ written: 0, days: { length: 3 } });
    expect(await agency.places()).toEqual(places);
    await one.apply({ from: '2026-11-01', to: '2026-11-01' }, [one.row('2026-11-01', { clicks: 1 })], at);
    // Changed: all but the brand, connection, campaign, source and sub id of others.
    expect((await agency.recompute()).written).toBe(8);
    expect(await agency.stored()).toEqual(await agency.expected());
  });

  it('are gone with the facts they were of', async () => {
    const agency = await openAgency(database);
    await fill(agency);
    await agency.recompute();
    await database.superuser.query(
      `with gone as (delete from affiliate.stats_daily where org_id = $1 and campaign = 'a' returning org_id, day)
       insert into affiliate.dirty_days (org_id, day) select distinct org_id, day from gone`,
      [agency.orgId],
    );
    await agency.recompute();
    const stored = await agency.stored();
    expect(stored).toEqual(await agency.expected());
    expect(stored).not.toHaveProperty('2026-11-01|campaign|a');
  });

  it('are computed a few days at a time, those first that have waited longest', async () => {
    const agency = await openAgency(database);
    const [one] = agency.accounts;
    for (const [day, marked] of [
      ['2026-11-03', '02'],
      ['2026-11-01', '03'],
      ['2026-11-02', '01'],
    ] as const)
      await one.apply({ from: day, to: day }, [one.row(day, { clicks: 1 })], `2026-12-${marked}T00:00:00Z`);
    expect((await agency.recompute(2)).days).toEqual(['2026-11-02', '2026-11-03']);
    expect((await agency.recompute(2)).days).toEqual(['2026-11-01']);
    expect((await agency.recompute(2)).days).toEqual([]);
  });

  it('have nothing of others', async () => {
    const [ours, theirs] = [await openAgency(database), await openAgency(database)];
    await fill(theirs);
    expect(await ours.recompute()).toEqual({ days: [], written: 0 });
    expect(await ours.stored()).toEqual({});
    expect(await theirs.accounts[0].dirtyDays()).toHaveLength(3);
  });

  it('stay at the last safe integer where the sum goes beyond', async () => {
    const agency = await openAgency(database);
    const [one] = agency.accounts;
    const rows = Array.from({ length: 95 }, (_, n) =>
      one.row('2026-11-01', { campaign: `${n}`, ggrMinor: -1e14, clicks: 1e14 }),
    );
    await one.apply(window, rows, at);
    await agency.recompute();
    const { MAX_SAFE_INTEGER: most } = Number;
    expect((await agency.stored())['2026-11-01|total|']).toEqual([most, 0, 0, 0, -most, 0, 0, 95, 0]);
  });
});

const gate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

describe('facts that are written while their day is computed', () => {
  const day = '2026-11-01';
  const only = { from: day, to: day };

  it('wait for it and mark the day anew', async () => {
    const agency = await openAgency(database);
    const [one] = agency.accounts;
    await one.apply(only, [one.row(day, { clicks: 1 })], at);
    const [computed, mayCommit] = [gate(), gate()];
    const computing = withTenant({ database: database.worker, orgId: agency.orgId }, async (tx) => {
      await recomputeDirty(tx, { atMost: 10 });
      computed.open();
      await mayCommit.opened;
    });
    await computed.opened;
    const writing = one.apply(only, [one.row(day, { clicks: 2 })], at);
    await vi.waitFor(async () => {
      const { rows } = await database.superuser.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ 'dirty_days'`,
      );
      expect(rows).toHaveLength(1);
    }, 10_000);
    mayCommit.open();
    await Promise.all([computing, writing]);
    expect((await agency.stored())[`${day}|total|`]?.[0]).toBe(1);
    expect(await one.dirtyDays()).toEqual([day]);
    await agency.recompute();
    expect((await agency.stored())[`${day}|total|`]?.[0]).toBe(2);
  });

  it('keep their mark when they are not committed yet: the day is left for later, and nobody waits', async () => {
    const agency = await openAgency(database);
    const [one] = agency.accounts;
    await one.apply(only, [one.row(day, { clicks: 1 })], at);
    const { connectionId } = one;
    await withTenant({ database: database.worker, orgId: agency.orgId }, async (tx) => {
      const batch = { connectionId, runId: null, window: only, isComplete: true, now: new Date(at) };
      await applyDailyStats(tx, { ...batch, rows: [one.row(day, { clicks: 2 })] });
      expect((await agency.recompute()).days).toEqual([]);
    });
    expect((await agency.recompute()).days).toEqual([day]);
    expect((await agency.stored())[`${day}|total|`]?.[0]).toBe(2);
  });
});

const dayOf = (number: number) => `2026-11-0${number}`;
const rows = fc.array(
  fc.record({
    day: fc.integer({ min: 1, max: 4 }),
    campaign: fc.constantFrom('', 'a', 'B', '😀'),
    source: fc.constantFrom('', 's'),
    subId: fc.constantFrom('', 'x'),
    amounts: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 7, maxLength: 7 }),
  }),
  { maxLength: 6 },
);

it('whoever writes and computes at once, when all is quiet the roll-ups are what the facts add up to', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(...[0, 1, 2].map(() => fc.array(rows, { maxLength: 4 }))),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 12 }),
      async (pulls, batches) => {
        const agency = await openAgency(database);
        const write = async (
          account: Agency['accounts'][number],
          list: readonly (typeof rows extends fc.Arbitrary<infer T> ? T : never)[],
        ) => {
          for (const pulled of list) {
            const given = pulled.map(({ day, amounts, ...names }): DailyStats => {
              const told = Object.fromEntries(dailyMetrics.map((metric, index) => [metric, amounts[index] ?? 0]));
              return account.row(dayOf(day), { ...names, ...told });
            });
            await account.apply({ from: dayOf(1), to: dayOf(4) }, given, at);
          }
        };
        const compute = async (sizes: readonly number[]) => {
          for (const size of sizes) await agency.recompute(size);
        };
        await Promise.all([
          ...agency.accounts.map((account, index) => write(account, pulls[index] ?? [])),
          ...[compute(batches), compute(batches.toReversed())],
        ]);
        while ((await agency.recompute()).days.length > 0);
        expect(await agency.stored()).toEqual(await agency.expected());
      },
    ),
    // Not made smaller: what two do at once never happens twice alike.
    { numRuns: 60, endOnFailure: true },
  );
}, 240_000);
