import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeEach, describe, expect, it } from 'vitest';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { type RollUpDependencies, rollUp } from './roll-up.ts';

/** Marks that many days of November and December, each with a click. */
async function mark({ apply, row }: Programme, days: number, markedAt: string): Promise<void> {
  const names = Array.from({ length: days }, (_, at) =>
    new Date(Date.UTC(2026, 10, at + 1)).toISOString().slice(0, 10),
  );
  await apply(
    { from: '2026-11-01', to: '2027-01-31' },
    names.map((day) => row(day, { clicks: 1 })),
    markedAt,
  );
}

describe('roll-ups of all organizations', () => {
  let database: TestDatabase;
  let failures: string[];
  let taken: [orgId: string, days: number][];
  // A database for each, since what is found is all there is.
  beforeEach(async () => {
    database = await testDatabase();
    failures = [];
    taken = [];
  });

  const run = (change: Partial<RollUpDependencies> = {}) =>
    rollUp({
      worker: database.worker,
      system: database.system,
      mayGoOn: () => true,
      report: ({ orgId }) => failures.push(orgId),
      follow: async (tx, days) => taken.push([tx.orgId, days.length]),
      ...change,
    });

  it('are computed in turn, a step of each, those first that have waited longest', async () => {
    const [large, small] = [await openProgramme(database), await openProgramme(database)];
    await mark(large, 70, '2027-02-01T00:00:00Z');
    await mark(small, 2, '2027-02-02T00:00:00Z');
    expect(await run()).toEqual({ organizations: 2, days: 72, failed: 0 });
    expect(taken).toEqual([
      [large.orgId, 31],
      [small.orgId, 2],
      [large.orgId, 31],
      [large.orgId, 8],
    ]);
    expect(await run()).toEqual({ organizations: 0, days: 0, failed: 0 });
  });

  it('end where the time does, and go on there', async () => {
    const one = await openProgramme(database);
    await mark(one, 40, '2027-02-01T00:00:00Z');
    let steps = 0;
    expect(await run({ mayGoOn: () => steps++ < 2 })).toMatchObject({ days: 31 });
    expect(await one.dirtyDays()).toHaveLength(9);
    expect(await run()).toMatchObject({ days: 9 });
  });

  it('of one that fails stop nobody else’s, and are computed when it no longer does', async () => {
    const [broken, sound] = [await openProgramme(database), await openProgramme(database)];
    await mark(broken, 2, '2027-02-01T00:00:00Z');
    await mark(sound, 2, '2027-02-02T00:00:00Z');
    await database.superuser.query(
      `alter table affiliate.rollups add constraint broken check (org_id <> '${broken.orgId}')`,
    );
    expect(await run()).toEqual({ organizations: 2, days: 2, failed: 1 });
    expect([failures, taken]).toEqual([[broken.orgId], [[sound.orgId, 2]]]);
    expect(await broken.dirtyDays()).toHaveLength(2);
    await database.superuser.query('alter table affiliate.rollups drop constraint broken');
    expect(await run()).toEqual({ organizations: 1, days: 2, failed: 0 });
  });

  it('of a suspended organization wait until it is active again', async () => {
    const one = await openProgramme(database);
    await mark(one, 2, '2027-02-01T00:00:00Z');
    const set = (status: string) =>
      database.superuser.query('update identity.organizations set status = $2 where id = $1', [one.orgId, status]);
    await set('suspended');
    expect(await run()).toEqual({ organizations: 0, days: 0, failed: 0 });
    await set('active');
    expect(await run()).toEqual({ organizations: 1, days: 2, failed: 0 });
  });

  it('keep their marks when what follows from them fails', async () => {
    const one = await openProgramme(database);
    await mark(one, 2, '2027-02-01T00:00:00Z');
    const follow = () => Promise.reject(new Error('no'));
    expect(await run({ follow })).toMatchObject({ days: 0, failed: 1 });
    expect(await one.dirtyDays()).toHaveLength(2);
  });
});
