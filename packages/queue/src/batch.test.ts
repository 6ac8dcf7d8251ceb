import type { SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type BatchFailure, type RecordOutcome, runBatch } from './batch.ts';

const schema = z.object({ n: z.int() });

function record(messageId: string, body: string, receiveCount = 1): SQSRecord {
  return {
    messageId,
    body,
    receiptHandle: `receipt-${messageId}`,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '0',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:ingest',
    awsRegion: 'us-east-1',
  };
}

const event = (...Records: SQSRecord[]): SQSEvent => ({ Records });
const failedIds = (answer: { batchItemFailures: { itemIdentifier: string }[] }) =>
  answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

describe('runBatch', () => {
  it('returns exactly the failed ids, whatever mix of records fails in whatever way', async () => {
    const fates = ['done', 'retry', 'left out', 'not JSON', 'not ours'] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...fates), { maxLength: 60 }), fc.boolean(), async (plan, throws) => {
        const bodies = { 'not JSON': '{', 'not ours': '{"n":"x"}' };
        const records = plan.map((fate, index) =>
          record(`m${index}`, fate in bodies ? bodies[fate as keyof typeof bodies] : `{"n":${index}}`),
        );
        const answer = await runBatch(
          event(...records),
          schema,
          async (given) => {
            if (throws) throw new Error('the batch');
            const fateOf = (id: string) => plan[Number(id.slice(1))];
            const known = given.filter(({ id }) => fateOf(id) === 'done' || fateOf(id) === 'retry');
            return new Map(known.map(({ id }) => [id, fateOf(id) as RecordOutcome]));
          },
          () => {},
        );
        const expected = plan.flatMap((fate, index) => (fate === 'done' && !throws ? [] : [`m${index}`]));
        expect(failedIds(answer).sort()).toEqual(expected.sort());
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the batch as one set, in order, with the receive count', async () => {
    const calls: unknown[] = [];
    await runBatch(event(record('a', '{"n":1}'), record('b', '{"n":2,"extra":0}', 3)), schema, async (records) => {
      calls.push(records);
      return new Map();
    });
    expect(calls).toEqual([
      [
        { id: 'a', message: { n: 1 }, receiveCount: 1 },
        { id: 'b', message: { n: 2 }, receiveCount: 3 },
      ],
    ]);
  });

  it('lists no failure explicitly when all went well', async () => {
    const answer = await runBatch(event(record('a', '{"n":1}')), schema, async () => new Map([['a', 'done']]));
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  it('reports a record once when SQS hands it over twice', async () => {
    const answer = await runBatch(event(record('a', '{"n":1}'), record('a', '{"n":1}')), schema, async () => new Map());
    expect(failedIds(answer)).toEqual(['a']);
  });

  it('ignores outcomes of records it did not hand over', async () => {
    const outcomes = new Map<string, RecordOutcome>([
      ['b', 'retry'],
      ['a', 'done'],
    ]);
    expect(failedIds(await runBatch(event(record('a', '{"n":1}')), schema, async () => outcomes))).toEqual([]);
  });

  it('does not call the handler with nothing', async () => {
    const answer = await runBatch(
      event(record('a', 'nonsense')),
      schema,
      async () => expect.fail('called'),
      () => {},
    );
    expect(failedIds(answer)).toEqual(['a']);
  });
});

describe('what is reported', () => {
  afterEach(() => vi.restoreAllMocks());
  const broken = () => Promise.reject(new TypeError('secret 4929'));

  it('names the records and the error that failed them', async () => {
    const failures: BatchFailure[] = [];
    await runBatch(event(record('a', '{"n":1}'), record('b', '{')), schema, broken, (failure) =>
      failures.push(failure),
    );
    expect(failures).toEqual([
      { reason: 'unparsable', ids: ['b'] },
      { reason: 'threw', ids: ['a'], error: new TypeError('secret 4929') },
    ]);
  });

  it('is printed, without body or error message, when nobody else listens', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    await runBatch(event(record('a', '{"n":1}'), record('b', '{"card":4929')), schema, broken);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'ERROR', event: 'batch_failed', reason: 'unparsable', ids: ['b'] },
      { level: 'ERROR', event: 'batch_failed', reason: 'threw', ids: ['a'], error: 'TypeError' },
    ]);
  });
});
