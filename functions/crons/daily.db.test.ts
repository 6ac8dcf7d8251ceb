import { startEventSource } from '@tributary/local/event-source';
import { type LocalSqs, region, startSqs } from '@tributary/local/sqs';
import { openProgramme, type Programme } from '@tributary/loyalty/daily/programme.fixture';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDaily } from '../queues/daily.ts';

describe('the daily cron', () => {
  let database: TestDatabase;
  let sqs: LocalSqs;
  let handler: typeof import('./daily.ts').handler;
  let shops: Programme[];

  beforeAll(async () => {
    // Not the time of the day on which this runs: a midnight in between would be found.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-06-11T14:00:00Z') });
    database = await testDatabase();
    sqs = await startSqs();
    const links = {
      App: { name: 'tributary', stage: 'test' },
      DatabaseSystem: { url: database.url('system') },
      Daily: { url: sqs.queueUrl('daily') },
    };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
    vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.url);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    ({ handler } = await import('./daily.ts'));
    shops = [];
    for (const timeZone of ['Pacific/Kiritimati', 'UTC', 'Pacific/Pago_Pago']) {
      shops.push(await openProgramme(database, { timeZone, rule: { rewardMinutes: 1 } }));
    }
  });
  afterAll(async () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    await sqs.stop();
  });

  /** Lets the queue's subscriber work until nothing is left. */
  async function drain(): Promise<void> {
    const daily = createDaily(() => ({ worker: database.worker, clock: () => new Date(), report: () => undefined }));
    const source = startEventSource({
      endpoint: sqs.url,
      region,
      queueUrl: sqs.queueUrl('daily'),
      queueArn: sqs.queueArn('daily'),
      batchSize: 1,
      batchWindowSeconds: 0,
      maxConcurrency: 2,
      invoke: async (event) => ({ payload: await daily(event) }),
      log: () => undefined,
    });
    await vi.waitFor(() => expect(sqs.depth('daily')).toMatchObject({ visible: 0, inFlight: 0 }), 10_000);
    await source.stop();
  }

  it('sends word of every day that began, wherever it did, and of none that is done', async () => {
    expect(await handler()).toEqual({ days: 3, holds: 0 });
    await drain();
    expect(await handler()).toEqual({ days: 0, holds: 0 });
    expect(sqs.depth('daily')).toEqual({ visible: 0, inFlight: 0, delayed: 0, deadLettered: 0 });
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
