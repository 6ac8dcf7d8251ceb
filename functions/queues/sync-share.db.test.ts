import { queues } from '@tributary/infra/topology';
import { createRandom } from '@tributary/sandbox/kernel/random';
import { share, workers } from '@tributary/sync/run/share';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Order, type Served, simulateShares, type Tenant } from './sync-share.fixture.ts';

const minutes = 20;
const smallMs = 1_000;
const largeMs = 10_000;

/** The time that 95 of 100 do not exceed. */
function p95(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN;
}

const small = (): Tenant[] => {
  const random = createRandom('small ones');
  return Array.from({ length: 50 }, () => ({
    ...{ name: 'small', connections: 1, runMs: smallMs },
    dueMs: () => Math.floor(random.next() * 15 * 60_000),
  }));
};

/** Has more to do than all workers get done. */
const large: Tenant = { name: 'large', connections: 400, runMs: largeMs, dueMs: () => 0 };

const timesOf = (served: readonly Served[], name: string) =>
  served.filter((one) => one.name === name).map(({ tookMs }) => tookMs);

/** How many runs of the large one so many workers get done. */
const runsOf = (busy: number) => (busy * minutes * 60_000) / largeMs;

describe('an organization whose runs take ten seconds, and which always has some that are due', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('has half of the workers that are deployed, one at least', () => {
    expect(workers).toBe(queues.sync.maxConcurrency);
    expect(share).toBe(Math.max(1, Math.ceil(queues.sync.maxConcurrency / 2)));
  });

  it.each<Order>(['fair', 'as sent'])(
    'lets fifty small ones wait no more than twice as long as alone, and has its share all the time: messages are taken %s',
    async (order) => {
      const alone = timesOf(await simulateShares(database, small(), { order, minutes }), 'small');
      const both = await simulateShares(database, [...small(), large], { order, minutes });
      const beside = timesOf(both, 'small');
      const ratio = p95(beside) / p95(alone);
      process.stderr.write(`${order}: p95 ${p95(alone)} ms alone, ${p95(beside)} ms beside (${ratio.toFixed(2)})\n`);
      expect(alone.length).toBeGreaterThan(40);
      expect(beside.length).toBeGreaterThan(40);
      expect(ratio).toBeLessThanOrEqual(2);
      expect(timesOf(both, 'large').length).toBeGreaterThan(0.9 * runsOf(share));
    },
    240_000,
  );

  it('has all workers while nobody else comes', async () => {
    const served = await simulateShares(database, [large], { order: 'as sent', minutes });
    expect(served.length).toBeGreaterThan(0.95 * runsOf(workers));
  }, 240_000);
});
