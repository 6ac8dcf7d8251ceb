import { type Chain, openChain } from '@tributary/audit/chain/chain.fixture';
import { startEventSource } from '@tributary/local/event-source';
import { type LocalSqs, region, startSqs } from '@tributary/local/sqs';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const depth = { visible: 0, inFlight: 0, delayed: 0, deadLettered: 0 };

describe('the cron that has the audit verified', () => {
  let database: TestDatabase;
  let sqs: LocalSqs;
  let cron: typeof import('./audit.ts').handler;
  let queue: typeof import('../queues/audit.ts').handler;
  let lines: { level: string; event: string; [field: string]: unknown }[] = [];
  let chains: Chain[];

  beforeAll(async () => {
    database = await testDatabase();
    sqs = await startSqs();
    const links = {
      App: { name: 'tributary', stage: 'test' },
      DatabaseWorker: { url: database.url('worker') },
      DatabaseSystem: { url: database.url('system') },
      Audit: { url: sqs.queueUrl('audit') },
    };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
    vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.url);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(JSON.parse(String(text))) > 0);
    ({ handler: cron } = await import('./audit.ts'));
    ({ handler: queue } = await import('../queues/audit.ts'));
    chains = [await openChain(database), await openChain(database), await openChain(database)];
    for (const chain of chains) await chain.records(2);
  });
  beforeEach(() => {
    lines = [];
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await sqs.stop();
  });

  const logged = (event: string) => lines.filter((line) => line.event === event);
  const start = (remainingMs: () => number, retryVisibilitySeconds = 0) =>
    startEventSource({
      endpoint: sqs.url,
      region,
      queueUrl: sqs.queueUrl('audit'),
      queueArn: sqs.queueArn('audit'),
      batchSize: 1,
      batchWindowSeconds: 0,
      maxConcurrency: 2,
      retryVisibilitySeconds,
      invoke: async (event) => ({ payload: await queue(event, { getRemainingTimeInMillis: remainingMs }) }),
      log: () => undefined,
    });
  /** Lets the queue's subscriber work, with so much time in each turn, until nothing is left. */
  async function drain(remainingMs: number): Promise<void> {
    const source = start(() => remainingMs);
    await vi.waitFor(() => expect(sqs.depth('audit')).toEqual(depth), 10_000);
    await source.stop();
  }
  const sum = (field: string) => logged('audit_verified').reduce((total, line) => total + Number(line[field]), 0);

  it('has every chain verified once, and says that it is done', async () => {
    await cron();
    await drain(300_000);
    expect(logged('audit_verified')).toMatchObject([
      { level: 'INFO', organizations: 3, links: 6, broken: 0, isDone: true },
    ]);
  });

  it('stops before the time is over and goes on where it was: each once', async () => {
    await cron();
    await drain(240_000);
    expect(logged('audit_verified').map(({ isDone }) => isDone)).toEqual([false, false, true]);
    expect([sum('organizations'), sum('links'), sum('broken')]).toEqual([3, 6, 0]);
  });

  it('says of each chain that is broken what is wrong, so that an alarm hears it, and goes on behind it', async () => {
    const [first, second] = chains as [Chain, Chain, Chain];
    await first.tamper('delete from audit.records where org_id = $1 and reason = $2', 'record 1');
    await second.tamper(`update audit.records set actor = 'bob' where org_id = $1 and reason = $2`, 'record 2');
    await cron();
    await drain(240_000);
    const broken = logged('audit_broken').map(({ level, orgId, found, kinds }) => [level, orgId, found, kinds]);
    expect(broken).toEqual([
      ['ERROR', first.orgId, 1, 'record_missing'],
      ['ERROR', second.orgId, 1, 'record_changed'],
    ]);
    expect([sum('organizations'), sum('broken')]).toEqual([3, 2]);
    expect(lines.map((line) => JSON.stringify(line)).join()).not.toMatch(/bob|record \d/);
  });

  it('tries again what could not be read', async () => {
    await database.superuser.query('revoke select on audit.links from app_read, app_write, tributary_worker');
    await cron();
    const source = start(() => 300_000, 1);
    await vi.waitFor(() => expect(logged('audit_retried')).not.toEqual([]), 10_000);
    await database.superuser.query('grant select on audit.links to app_read');
    await vi.waitFor(() => expect(sqs.depth('audit')).toEqual(depth), 10_000);
    await source.stop();
    expect(logged('audit_verified').at(-1)).toMatchObject({ organizations: 3, isDone: true });
  });

  it('fails when the queue does not take its word, so that Lambda shows it', async () => {
    await sqs.closeDoor();
    await expect(cron()).rejects.toMatchObject({ code: 'unavailable' });
    await sqs.openDoor();
  });
});
