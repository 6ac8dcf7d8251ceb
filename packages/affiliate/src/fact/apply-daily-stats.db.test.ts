import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { applyDailyStats } from './apply-daily-stats.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const november = { from: '2026-11-01', to: '2026-11-20' };
const day = '2026-11-05';
/** When the day is long over, and a week later. */
const [first, later] = ['2026-11-21T12:00:00Z', '2026-11-28T12:00:00Z'];
const zero = { written: 0, zeroed: 0, changes: 0 };

/** All there is of an organization's facts, as one text. */
async function hashOf({ orgId }: Programme): Promise<string> {
  const { rows } = await database.superuser.query(
    `select md5(coalesce(string_agg(f::text || f.xmin, ',' order by f::text), '')) || (select count(*) from affiliate.stat_changes where org_id = $1)
       || (select md5(coalesce(string_agg(d::text || d.xmin, ',' order by d::text), '')) from affiliate.dirty_days d where org_id = $1) as hash
     from affiliate.stats_daily f where org_id = $1`,
    [orgId],
  );
  return rows[0].hash;
}

describe('days of a programme', () => {
  it('A36: two syncs of one window change nothing, in no byte of any row', async () => {
    const programme = await openProgramme(database);
    const rows = ['a', 'b', 'c'].map((campaign) => programme.row(day, { campaign, clicks: 7, ngrMinor: -5 }));
    expect(await programme.apply(november, rows, first)).toEqual({ ...zero, written: 3 });
    const before = await hashOf(programme);
    expect(await programme.apply(november, rows.toReversed(), later)).toEqual(zero);
    expect(await hashOf(programme)).toBe(before);
  });

  it('S0-006, S0-050, A37: a row without campaign and sub id, imported twice, is one row', async () => {
    const programme = await openProgramme(database);
    await programme.apply(november, [programme.row(day, { clicks: 3 })], first);
    await programme.apply(november, [programme.row(day, { clicks: 3 })], later);
    expect(await programme.facts()).toMatchObject([{ day, campaign: '', source: '', subId: '', clicks: 3 }]);
  });

  it('A37: rows of one batch that share the grain add up', async () => {
    const programme = await openProgramme(database);
    const parts = [4, 38].map((clicks) => programme.row(day, { campaign: 'x', clicks, commissionMinor: -clicks }));
    expect(await programme.apply(november, parts, first)).toEqual({ ...zero, written: 1 });
    expect(await programme.facts()).toMatchObject([{ campaign: 'x', clicks: 42, commissionMinor: -42 }]);
  });

  it('A38: a day restated a week later is replaced, and what it was stays on record', async () => {
    const programme = await openProgramme(database);
    await programme.apply(november, [programme.row(day, { ftdCount: 5, ngrMinor: 100_000 })], first);
    const restated = await programme.apply(november, [programme.row(day, { ftdCount: 4, ngrMinor: 80_000 })], later);
    expect(restated).toEqual({ written: 1, zeroed: 0, changes: 2 });
    expect(await programme.facts()).toMatchObject([{ day, ftdCount: 4, ngrMinor: 80_000, baseNgrMinor: 80_000 }]);
    expect(await programme.changes()).toEqual([
      { day, metric: 'ftd_count', from: 5, to: 4 },
      { day, metric: 'ngr_minor', from: 100_000, to: 80_000 },
    ]);
  });

  it('A39: a row that vanishes from a complete window is set to zero and stays, its values on record', async () => {
    const programme = await openProgramme(database);
    const kept = programme.row(day, { campaign: 'kept', clicks: 1 });
    await programme.apply(
      november,
      [kept, programme.row(day, { campaign: 'gone', ftdCount: 2, ggrMinor: 900 })],
      first,
    );
    expect(await programme.apply(november, [kept], later)).toEqual({ written: 0, zeroed: 1, changes: 2 });
    expect(await programme.facts()).toMatchObject([
      { campaign: 'gone', ftdCount: 0, ggrMinor: 0, baseGgrMinor: 0 },
      { campaign: 'kept', clicks: 1 },
    ]);
    expect(await programme.apply(november, [kept], later)).toEqual(zero);
  });

  it('A39: a complete window without a row sets all of it to zero, and nothing outside of it', async () => {
    const programme = await openProgramme(database);
    const days = ['2026-10-31', '2026-11-01', '2026-11-20', '2026-11-21'];
    const rows = days.map((each) => programme.row(each, { clicks: 1 }));
    await programme.apply({ from: '2026-10-01', to: '2026-11-30' }, rows, '2026-12-05T00:00:00Z');
    expect(await programme.apply(november, [], '2026-12-06T00:00:00Z')).toEqual({ written: 0, zeroed: 2, changes: 2 });
    expect((await programme.facts()).map(({ clicks }) => clicks)).toEqual([1, 0, 0, 1]);
  });

  it('A39: nothing is set to zero for being absent from an incomplete window', async () => {
    const programme = await openProgramme(database);
    const rows = ['a', 'b'].map((campaign) => programme.row(day, { campaign, clicks: 1 }));
    await programme.apply(november, rows, first);
    expect(await programme.apply(november, [], later, false)).toEqual(zero);
    const some = [programme.row(day, { campaign: 'b', clicks: 2 })];
    expect(await programme.apply(november, some, later, false)).toEqual({ written: 1, zeroed: 0, changes: 1 });
    expect((await programme.facts()).map(({ clicks }) => clicks)).toEqual([1, 2]);
  });

  it('A40: the day that is restated is the one the network names, not today', async () => {
    const programme = await openProgramme(database);
    await programme.apply(november, [programme.row('2026-11-02', { commissionMinor: 500 })], first);
    await programme.clearDirtyDays();
    await programme.apply(november, [programme.row('2026-11-02', { commissionMinor: 0 })], later);
    expect(await programme.changes()).toMatchObject([{ day: '2026-11-02', metric: 'commission_minor' }]);
    expect(await programme.dirtyDays()).toEqual(['2026-11-02']);
  });

  it.each(['America/New_York', 'Pacific/Kiritimati', 'UTC'])(
    'A43: a day of a network in %s stays that day',
    async (timeZone) => {
      const programme = await openProgramme(database, { timeZone });
      await programme.apply(november, [programme.row('2026-11-01', { clicks: 1 })], first);
      expect(await programme.facts()).toMatchObject([{ day: '2026-11-01' }]);
    },
  );

  it('A60: a thousand rows are one statement, 2,500 are three, whatever their order', async () => {
    const programme = await openProgramme(database);
    const rows = Array.from({ length: 2500 }, (_, at) =>
      programme.row(`2026-11-${String(1 + (at % 3)).padStart(2, '0')}`, { subId: `ü${at * 7919}`, clicks: at + 1 }),
    ).toReversed();
    const statements: string[] = [];
    const apply = (given: typeof rows) =>
      withTenant({ database: database.worker, orgId: programme.orgId }, (tx) => {
        const query: typeof tx.query = (text, values) => {
          statements.push(text);
          return tx.query(text, values);
        };
        const { connectionId } = programme;
        const batch = {
          connectionId,
          runId: null,
          window: november,
          rows: given,
          isComplete: true,
          now: new Date(first),
        };
        return applyDailyStats({ ...tx, query, drizzle: tx.drizzle }, batch);
      });
    expect(await apply(rows)).toEqual({ ...zero, written: 2500 });
    expect(statements.filter((text) => text.includes('unnest($3::date[]'))).toHaveLength(3);
    statements.length = 0;
    expect(await apply(rows.slice(0, 1000))).toEqual({ written: 0, zeroed: 1500, changes: 1500 });
    expect(statements.filter((text) => text.includes('unnest($3::date[]'))).toHaveLength(1);
    expect(statements.length).toBeLessThanOrEqual(5);
  });

  it('A60: stretches of a thousand meet whatever the names, in the order of their bytes', async () => {
    const programme = await openProgramme(database);
    // In units of UTF-16 the first comes before the second, in bytes after it.
    const rows = ['😀', '\uFFFD'].flatMap((mark) =>
      Array.from({ length: 1000 }, (_, at) => programme.row(day, { campaign: `${mark}${at}`, clicks: 1 })),
    );
    expect(await programme.apply(november, rows, first)).toEqual({ ...zero, written: 2000 });
    expect(await programme.apply(november, rows, later)).toEqual(zero);
  });

  it.each([
    ['a day before the window', { day: '2026-10-31' }, { code: 'validation_failed', issues: [{ path: 'rows.0.day' }] }],
    ['a day after it', { day: '2026-11-21' }, { code: 'validation_failed', issues: [{ path: 'rows.0.day' }] }],
    ['a day there is not', { day: '2026-11-1' }, { code: 'validation_failed', issues: [{ path: 'rows.0.day' }] }],
    ['another currency', { currency: 'USD' }, { code: 'currency_mismatch' }],
    ['half a click', { clicks: 0.5 }, { code: 'validation_failed', issues: [{ path: 'rows.0.clicks' }] }],
    [
      'more than a day can have',
      { ngrMinor: 2 ** 53 },
      { code: 'validation_failed', issues: [{ path: 'rows.0.ngrMinor' }] },
    ],
  ])('refuses %s, and with it the window', async (_, told, refusal) => {
    const programme = await openProgramme(database);
    const rows = [{ ...programme.row(day, { clicks: 1 }), ...told }, programme.row(day, { clicks: 1 })];
    await expect(programme.apply(november, rows, first)).rejects.toMatchObject(refusal);
    expect(await programme.facts()).toEqual([]);
  });

  it('keeps names that PostgreSQL cannot hold as they are in a form that it can, and adds those that are alike then', async () => {
    const programme = await openProgramme(database);
    const names = ['nul\0', 'half \uD800', `${'x'.repeat(199)}😀y`, `${'x'.repeat(199)}😀z`];
    const rows = names.map((campaign) => programme.row(day, { campaign, clicks: 1 }));
    expect(await programme.apply(november, rows, first)).toEqual({ ...zero, written: 3 });
    expect(await programme.apply(november, rows, later)).toEqual(zero);
    const facts = await programme.facts();
    expect(facts.map(({ campaign, clicks }) => [campaign, clicks])).toEqual([
      ['half \uFFFD', 1],
      ['nul\uFFFD', 1],
      [`${'x'.repeat(199)}😀`, 2],
    ]);
  });

  it('names no account of another organization', async () => {
    const [ours, theirs] = [await openProgramme(database), await openProgramme(database)];
    const asUs = { database: database.worker, orgId: ours.orgId };
    const { connectionId } = theirs;
    const batch = { connectionId, runId: null, window: november, rows: [], isComplete: true, now: new Date(first) };
    await expect(withTenant(asUs, (tx) => applyDailyStats(tx, batch))).rejects.toMatchObject({ code: 'not_found' });
  });
});
