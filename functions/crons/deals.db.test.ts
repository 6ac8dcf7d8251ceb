import { Dealing, mid } from '@tributary/affiliate/deal/dealing.fixture';
import type { TestDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type LogLine, openCronWorker } from './cron.fixture.ts';

describe('the cron that begins months of deals', () => {
  let database: TestDatabase;
  let handler: typeof import('./deals.ts').handler;
  let lines: LogLine[];

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: mid });
    ({ database, lines } = await openCronWorker());
    ({ handler } = await import('./deals.ts'));
  });

  const run = (remainingMs = () => 300_000) => handler(undefined, { getRemainingTimeInMillis: remainingMs });
  const none = { organizations: 0, failed: 0, months: 0 };

  it('does nothing within a month, begins the next once, and goes on with others when one organization fails', async () => {
    const first = await Dealing.open(database);
    const broken = await Dealing.open(database);
    const last = await Dealing.open(database);
    for (const dealing of [first, broken, last]) await dealing.create({ terms: { flatMinor: 500 } });
    expect(await run()).toEqual(none);

    await database.superuser.query('alter table affiliate.deal_versions disable trigger user');
    await database.superuser.query(`update affiliate.deal_versions set terms = '{}' where org_id = $1`, [
      broken.programme.orgId,
    ]);
    vi.setSystemTime(new Date('2026-12-01T00:00:00Z'));
    expect(await run(() => 1000)).toEqual(none);
    expect(await run()).toEqual({ organizations: 2, failed: 1, months: 2 });
    expect(await first.column('earned')).toEqual([500, 500, 500, 500]);
    expect(lines.filter(({ event }) => event === 'deals_failed')).toMatchObject([
      { level: 'ERROR', orgId: broken.programme.orgId, error: 'AppError' },
    ]);
    expect(await run()).toEqual({ ...none, failed: 1 });
  });
});
