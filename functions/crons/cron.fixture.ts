import { type EventSourceOptions, startEventSource } from '@tributary/local/event-source';
import { type LocalSqs, region, startSqs } from '@tributary/local/sqs';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll, expect, vi } from 'vitest';

/** As the topology names the queue and its link. */
const links = { daily: 'Daily', sync: 'Sync' } as const;

export interface LogLine {
  level: string;
  event: string;
  [field: string]: unknown;
}

/** What a cron that works through organizations is deployed with, until the suite ends. Its handler is to be imported after. */
export async function openCronWorker(): Promise<{ database: TestDatabase; lines: LogLine[] }> {
  const database = await testDatabase();
  const resources = {
    App: { name: 'tributary', stage: 'test' },
    DatabaseSystem: { url: database.url('system') },
    DatabaseWorker: { url: database.url('worker') },
  };
  vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(resources));
  vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
  const lines: LogLine[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
  afterAll(undo);
  return { database, lines };
}

function undo(): void {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
}

export interface CronPlace {
  database: TestDatabase;
  sqs: LocalSqs;
  /** Gives all that is in the queue to a subscriber, and waits until nothing is left. */
  drain(subscriber: Pick<EventSourceOptions, 'batchSize' | 'maxConcurrency' | 'invoke'>): Promise<void>;
}

/** What a cron that sends to a queue is deployed with, until the suite ends. Its handler is to be imported after. */
export async function openCronPlace(queue: keyof typeof links): Promise<CronPlace> {
  const database = await testDatabase();
  const sqs = await startSqs();
  const resources = {
    App: { name: 'tributary', stage: 'test' },
    DatabaseSystem: { url: database.url('system') },
    DatabaseIdentity: { url: database.url('identity') },
    [links[queue]]: { url: sqs.queueUrl(queue) },
  };
  vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(resources));
  vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.url);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  afterAll(async () => {
    undo();
    await sqs.stop();
  });
  return {
    database,
    sqs,
    async drain(subscriber) {
      const source = startEventSource({
        endpoint: sqs.url,
        region,
        queueUrl: sqs.queueUrl(queue),
        queueArn: sqs.queueArn(queue),
        batchWindowSeconds: 0,
        ...subscriber,
        log: () => undefined,
      });
      await vi.waitFor(() => expect(sqs.depth(queue)).toMatchObject({ visible: 0, inFlight: 0 }), 60_000);
      await source.stop();
    },
  };
}
