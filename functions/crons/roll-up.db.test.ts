import { openProgramme } from '@tributary/affiliate/account/programme.fixture';
import { Dealing, mid } from '@tributary/affiliate/deal/dealing.fixture';
import type { TestDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type LogLine, openCronWorker } from './cron.fixture.ts';

describe('the cron that computes roll-ups', () => {
  let database: TestDatabase;
  let handler: typeof import('./roll-up.ts').handler;
  let lines: LogLine[];

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: mid });
    ({ database, lines } = await openCronWorker());
    ({ handler } = await import('./roll-up.ts'));
  });

  const counted = async () => {
    const one = await openProgramme(database);
    const day = '2026-11-01';
    await one.apply({ from: day, to: day }, [one.row(day, { campaign: 'canary', clicks: 1 })], '2026-12-01T00:00:00Z');
    return one;
  };

  it('begins nothing when the time is nearly over, and goes on the next time', async () => {
    const one = await counted();
    const nothing = { organizations: 1, days: 0, failed: 0 };
    expect(await handler({}, { getRemainingTimeInMillis: () => 15_000 })).toEqual(nothing);
    expect(await handler({}, { getRemainingTimeInMillis: () => 15_001 })).toEqual({ ...nothing, days: 1 });
    expect(await one.dirtyDays()).toEqual([]);
  });

  it('computes what deals earned of those days, too', async () => {
    const dealing = await Dealing.open(database);
    await dealing.create({ startsOn: '2026-11-01', terms: { cpa: { amountMinor: 100 } } });
    await dealing.tell({ day: '2026-11-03', ftdCount: 3 });
    await handler({}, { getRemainingTimeInMillis: () => 60_000 });
    expect(await dealing.column('earned')).toEqual([300]);
  });

  it('tells whose failed, in ids and codes alone, and computes the others', async () => {
    const [broken, sound] = [await counted(), await counted()];
    const check = `alter table affiliate.rollups add constraint broken check (org_id <> '${broken.orgId}')`;
    await database.superuser.query(check);
    lines.length = 0;
    const done = { organizations: 2, days: 1, failed: 1 };
    expect(await handler({}, { getRemainingTimeInMillis: () => 60_000 })).toEqual(done);
    expect(lines).toEqual([
      {
        timestamp: expect.any(String),
        level: 'ERROR',
        event: 'roll_up_failed',
        ...{ orgId: broken.orgId, sqlState: '23514', error: expect.any(String) },
      },
      { timestamp: expect.any(String), level: 'INFO', event: 'rolled_up', ...done },
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
    expect([await broken.dirtyDays(), await sound.dirtyDays()]).toEqual([['2026-11-01'], []]);
  });
});
