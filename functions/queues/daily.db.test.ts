import { randomUUID } from 'node:crypto';
import { openProgramme } from '@tributary/loyalty/daily/programme.fixture';
import type { DailyMessage } from '@tributary/queue/message';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import type { SQSEvent } from 'aws-lambda';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDaily } from './daily.ts';

const now = new Date('2026-06-11T14:00:00Z');

describe('the daily queue', () => {
  let database: TestDatabase;
  let handler: ReturnType<typeof createDaily>;
  let reported: unknown[];
  beforeAll(async () => {
    database = await testDatabase();
    handler = createDaily(() => ({
      worker: database.worker,
      clock: () => now,
      report: (...line) => void reported.push(line),
    }));
  });
  beforeEach(() => {
    reported = [];
  });

  /** A shop where 50 points expired with June 11, but for 20 that a reward held until 13:00. */
  async function shop() {
    const programme = await openProgramme(database, { rule: { expiry: { months: 0, roundUp: 'day' } } });
    await programme.sell('ann', 50, '2026-06-10T12:00:00Z');
    await programme.hold('ann', 20, '2026-06-10T13:00:00Z');
    return programme;
  }
  const daily = (orgId: string, day = '2026-06-11'): DailyMessage => ({ kind: 'daily', v: 1, orgId, day });

  it('does the day of an organization once, however often it is told', async () => {
    const programme = await shop();
    const { orgId } = programme;
    const times = Array.from({ length: 5 }, () => handler(sqsEvent(daily(orgId), daily(orgId))));
    for (const answer of await Promise.all(times)) expect(answer).toEqual({ batchItemFailures: [] });
    expect(await programme.wallet('ann')).toMatchObject({ balance: 0 });
    const counts = { rewardsExpired: 1, lotsExpired: 1, recordsFolded: 2 };
    expect(reported).toEqual([['INFO', 'daily_finished', { orgId, day: '2026-06-11', ...counts }]]);
  });

  it('gives back what was held too long without waiting for a day', async () => {
    const programme = await shop();
    await handler(sqsEvent({ kind: 'expire', v: 1, orgId: programme.orgId }));
    expect(await programme.wallet('ann')).toMatchObject({ balance: 0 });
    expect(await programme.run(now.toISOString())).not.toHaveProperty('rewardsExpired');
  });

  it('tries again what failed and nothing else: a day that has not begun, nobody, no message of ours', async () => {
    const programme = await shop();
    const [early, nobody] = [daily(programme.orgId, '2026-06-12'), daily(randomUUID())];
    const event = sqsEvent(early, nobody, { kind: 'weekly' }, daily(programme.orgId));
    const { batchItemFailures } = await handler(event);
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    expect(failed.sort()).toEqual(event.Records.slice(0, 3).map(({ messageId }) => messageId));
    expect(await programme.wallet('ann')).toMatchObject({ balance: 0 });
    expect(reported).toEqual([
      ['WARN', 'daily_retried', { kind: 'daily', orgId: programme.orgId, error: 'Error', cause: undefined }],
      ['WARN', 'daily_retried', { kind: 'daily', orgId: nobody.orgId, error: 'Error', cause: undefined }],
      ['INFO', 'daily_finished', expect.objectContaining({ orgId: programme.orgId })],
    ]);
  });
});

/** Ids in the order of the records. */
function sqsEvent(...messages: readonly object[]): SQSEvent {
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 'x',
    ApproximateFirstReceiveTimestamp: '0',
  };
  const source = {
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:x:1:daily',
    awsRegion: 'x',
  };
  return {
    Records: messages.map((message, index) => {
      const id = `message ${index}`;
      return { messageId: id, receiptHandle: id, body: JSON.stringify(message), attributes, ...source };
    }),
  };
}
