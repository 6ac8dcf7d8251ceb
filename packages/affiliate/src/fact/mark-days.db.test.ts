import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { applyDailyStats } from './apply-daily-stats.ts';
import { markDays } from './mark-days.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const november = { from: '2026-11-01', to: '2026-11-20' };
const day = '2026-11-05';
/** When the day is long over, and a week later. */
const [first, later] = ['2026-11-21T12:00:00Z', '2026-11-28T12:00:00Z'];

describe('days that changed', () => {
  it('are marked, and no others', async () => {
    const programme = await openProgramme(database);
    const rows = ['2026-11-02', '2026-11-04'].map((each) => programme.row(each, { clicks: 1 }));
    await programme.apply(november, rows, first);
    expect(await programme.dirtyDays()).toEqual(['2026-11-02', '2026-11-04']);
    await programme.clearDirtyDays();
    await programme.apply(november, rows.slice(0, 1), later);
    expect(await programme.dirtyDays()).toEqual(['2026-11-04']);
  });

  /** Computes the roll-up of the day as who takes the mark away does: the mark first, the facts by a later statement. */
  const recompute = (programme: Programme, meanwhile: () => Promise<unknown> = async () => undefined) =>
    withTenant({ database: database.worker, orgId: programme.orgId }, async (tx) => {
      const taken = await tx.query('delete from affiliate.dirty_days where org_id = $1 returning day', [tx.orgId]);
      await meanwhile();
      const [sum] = await tx.query<{ clicks: number }>(
        'select coalesce(sum(clicks), 0)::float8 as clicks from affiliate.stats_daily where org_id = $1',
        [tx.orgId],
      );
      return { taken: taken.length, clicks: sum?.clicks };
    });

  it('are marked after a recomputation that took the mark away while they were being written', async () => {
    const programme = await openProgramme(database);
    await programme.apply(november, [programme.row(day, { clicks: 1 })], first);
    let applying: Promise<unknown> = Promise.resolve();
    await recompute(programme, async () => {
      // Waits for the mark that is being taken away.
      applying = programme.apply(november, [programme.row(day, { clicks: 2 })], later);
      await untilWaiting(1);
    });
    await applying;
    expect(await recompute(programme)).toEqual({ taken: 1, clicks: 2 });
  });

  it('are seen by a recomputation that had to wait for them', async () => {
    const programme = await openProgramme(database);
    await programme.apply(november, [programme.row(day, { clicks: 1 })], first);
    let recomputing: Promise<unknown> = Promise.resolve();
    await withTenant({ database: database.worker, orgId: programme.orgId }, async (tx) => {
      const { connectionId } = programme;
      const rows = [programme.row(day, { clicks: 2 })];
      await applyDailyStats(tx, {
        connectionId,
        runId: null,
        window: november,
        rows,
        isComplete: true,
        now: new Date(later),
      });
      recomputing = recompute(programme);
      await untilWaiting(1);
    });
    expect(await recomputing).toEqual({ taken: 1, clicks: 2 });
    expect(await recompute(programme)).toMatchObject({ taken: 0 });
  });

  it('are marked in one order by all, so that nobody waits for who waits for him', async () => {
    const { orgId } = await openProgramme(database);
    const days = ['2026-11-01', '2026-11-02', '2026-11-03'];
    const bound = { database: database.worker, orgId };
    await withTenant(bound, (tx) => markDays(tx, days, new Date(first)));
    let attempts = 0;
    let marking: Promise<unknown> = Promise.resolve();
    // Both come to the day in the middle while it is taken, with what they marked before it.
    await withTenant(bound, async (tx) => {
      await markDays(tx, days.slice(1, 2), new Date(first));
      const marks = [days, days.toReversed()].map((given) =>
        withTenant(bound, (other) => {
          // Whom the database ends begins again.
          attempts += 1;
          return markDays(other, given, new Date(later));
        }),
      );
      marking = Promise.all(marks);
      await untilWaiting(2);
    });
    await marking;
    expect(attempts).toBe(2);
  });

  /** Until so many sessions wait for a lock. */
  async function untilWaiting(sessions: number): Promise<void> {
    for (;;) {
      const { rows } = await database.superuser.query(
        `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (rows[0].waiting >= sessions) return;
    }
  }

  it('are marked by what marks them alone', async () => {
    const programme = await openProgramme(database);
    await withTenant({ database: database.worker, orgId: programme.orgId }, (tx) =>
      markDays(tx, ['2026-11-03', '2026-11-01'], new Date(first)),
    );
    expect(await programme.dirtyDays()).toEqual(['2026-11-01', '2026-11-03']);
  });
});

describe('two who write one account at once', () => {
  it('take turns: every change is on record once, from what was there to what is', async () => {
    const programme = await openProgramme(database);
    await programme.apply(november, [programme.row(day, { clicks: 1 })], first);
    await Promise.all(
      Array.from({ length: 12 }, (_, at) => programme.apply(november, [programme.row(day, { clicks: at + 2 })], later)),
    );
    const changes = await programme.changes();
    const [fact] = await programme.facts();
    const steps = new Map(changes.map(({ from, to }) => [from, to]));
    let value = 1;
    for (let step = steps.get(value); step !== undefined; step = steps.get(value)) value = step;
    expect([changes.length, steps.size, value]).toEqual([12, 12, fact?.clicks]);
  });
});
