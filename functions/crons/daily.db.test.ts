import type { LocalSqs } from '@tributary/local/sqs';
import { openProgramme, type Programme } from '@tributary/loyalty/daily/programme.fixture';
import type { TestDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createDaily } from '../queues/daily.ts';
import { type CronPlace, openCronPlace } from './cron.fixture.ts';

describe('the daily cron', () => {
  let place: CronPlace;
  let database: TestDatabase;
  let sqs: LocalSqs;
  let handler: typeof import('./daily.ts').handler;
  let shops: Programme[];

  beforeAll(async () => {
    // Not the time of the day on which this runs: a midnight in between would be found.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-06-11T14:00:00Z') });
    place = await openCronPlace('daily');
    ({ database, sqs } = place);
    ({ handler } = await import('./daily.ts'));
    shops = [];
    for (const timeZone of ['Pacific/Kiritimati', 'UTC', 'Pacific/Pago_Pago']) {
      shops.push(await openProgramme(database, { timeZone, rule: { rewardMinutes: 1 } }));
    }
  });

  /** Lets the queue's subscriber work until nothing is left. */
  async function drain(): Promise<void> {
    const daily = createDaily(() => ({ worker: database.worker, clock: () => new Date(), report: () => undefined }));
    await place.drain({ batchSize: 1, maxConcurrency: 2, invoke: async (event) => ({ payload: await daily(event) }) });
  }

  it('sends word of every day that began, wherever it did, and of none that is done', async () => {
    expect(await handler()).toEqual({ days: 3, holds: 0 });
    await drain();
    expect(await handler()).toEqual({ days: 0, holds: 0 });
    expect(sqs.depth('daily')).toEqual({ visible: 0, inFlight: 0, delayed: 0, deadLettered: 0 });
  });

  it('sweeps away sessions that have ended', async () => {
    await database.superuser.query(
      `with ann as (insert into identity.users (name, email) values ('Ann', 'ann@example.com') returning id)
       insert into identity.sessions (token, user_id, expires_at)
       select 'at ' || at, id, at::timestamptz from ann, unnest(array['2026-06-11T13:59:59Z', '2026-06-11T14:00:01Z']) as at`,
    );
    // Waiting moves a faked clock on, by more where the machine is slow.
    vi.setSystemTime(new Date('2026-06-11T14:00:00Z'));
    await handler();
    const { rows } = await database.superuser.query('select token from identity.sessions');
    expect(rows).toEqual([{ token: 'at 2026-06-11T14:00:01Z' }]);
  });

  it('sends word of what is held too long, and of nothing that was given back', async () => {
    const [shop] = shops as [Programme];
    await shop.sell('ann', 50, '2026-06-11T13:00:00Z');
    await shop.hold('ann', 20, '2026-06-11T13:00:00Z');
    expect(await handler()).toEqual({ days: 0, holds: 1 });
    await drain();
    expect(await shop.wallet('ann')).toMatchObject({ balance: 50 });
    expect(await handler()).toEqual({ days: 0, holds: 0 });
  });
});
