import { randomUUID } from 'node:crypto';
import type { DailySource } from '@tributary/core/daily-stats';
import { PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import type { RunDependencies } from '@tributary/sync/run/run-connection';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import type { SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSync, type SyncDependencies } from './sync.ts';
import { type Member, simulateCrowd } from './sync-crowd.fixture.ts';
import { openDaysPlace } from './sync-days.fixture.ts';

const small = 50;
const items = 100_000;

/** What a question takes on the clock of the simulation, and a run has. */
const answerMs = 200;
const functionMs = 225_000;

/** The time that 95 of 100 do not exceed. */
function p95(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN;
}

describe('an organization with a hundred thousand items beside fifty small ones', () => {
  let database: TestDatabase;
  let usualMs: number;
  let aloneMs: number;
  beforeAll(async () => {
    database = await testDatabase();
    const { member } = await open({ backfillDays: 35, windowDays: 35 });
    usualMs = (await member.run(0, 0)).tookMs;
    aloneMs = p95((await simulateCrowd(others(), 8)).flat());
  });

  const constant = (tookMs: number): Member => ({ run: () => ({ tookMs, dueMs: null, goesOn: false }) });
  /** Each does what a real run of a small account was seen to do. */
  const others = () => Array.from({ length: small }, () => constant(usualMs));

  async function open(options: NonNullable<Parameters<typeof openDaysPlace>[1]>) {
    const place = await openDaysPlace(database, options);
    const epochMs = place.clock.now().getTime();
    place.network.answer = async (_, page) => {
      await place.clock.advance(answerMs);
      return page;
    };
    let busyUntilMs = 0;
    const member: Member = {
      run: async (startMs) => {
        // Its lease is held: whoever comes meanwhile is skipped.
        if (startMs < busyUntilMs) return { tookMs: answerMs, dueMs: null, goesOn: false };
        if (epochMs + startMs > place.clock.now().getTime()) await place.clock.set(new Date(epochMs + startMs));
        const hasTime = () => place.clock.now().getTime() - epochMs - startMs < functionMs;
        const outcome = await place.run({ mayGoOn: hasTime });
        const tookMs = place.clock.now().getTime() - epochMs - startMs;
        busyUntilMs = startMs + tookMs;
        return { tookMs, dueMs: null, goesOn: outcome === 'out_of_time' };
      },
    };
    return { place, member };
  }

  async function waitBeside(large: readonly Member[], hours: number): Promise<number> {
    const took = await simulateCrowd([...others(), ...large], hours);
    return p95(took.slice(0, small).flat());
  }

  /** Twice what it is alone, at most; said aloud, since it is a measure. */
  function expectFair(name: string, besideMs: number): void {
    const ratio = besideMs / aloneMs;
    process.stderr.write(`${name}: p95 ${aloneMs} ms alone, ${besideMs} ms beside (${ratio.toFixed(2)})\n`);
    expect(ratio).toBeLessThanOrEqual(2);
  }

  it('of one account, which goes on run after run, lets the small ones wait no more than twice as long', async () => {
    const { place, member } = await open({ backfillDays: 365, windowDays: 1, rowsPerPage: 1, rowsPerDay: 274 });
    expectFair('one account', await waitBeside([member], 8));
    expect(place.network.asked.length).toBeGreaterThan(items);
    const days = Object.values(await place.clicks());
    expect(days).toHaveLength(365);
  }, 240_000);

  it('of as many accounts, all due in a quarter of an hour, lets the small ones wait no more than twice as long', async () => {
    const ofOne = Array.from({ length: items }, () => ({ ...constant(usualMs), organization: 'large' }));
    expectFair('as many accounts', await waitBeside(ofOne, 1));
  }, 240_000);
});

describe('an account that fails', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it.each([
    ['is not answered', () => new ProviderError('unavailable', 'no')],
    ['is answered with what nobody can read', () => new ProviderError('invalid_response', 'no')],
    ['is refused for now', () => new ProviderError('rate_limited', 'no', { retryAfterMs: 1000 })],
    ['is let in no more', () => new PermanentFailure('needs_reconnect', 'no')],
    ['meets a fault of ours', () => new TypeError('undefined is not a function')],
  ])('because it %s stops no other, before it in a batch or behind it', async (_, error) => {
    const [before, bad, behind] = await Promise.all([1, 2, 3].map(() => openDaysPlace(database)));
    if (!(before && bad && behind)) throw new Error('three places were asked for');
    bad.network.answer = () => {
      throw error();
    };
    const byConnection = new Map([before, bad, behind].map((place) => [place.connectionId, place]));
    // Each asks its own network.
    const sourceOf = (connectionId: string) =>
      byConnection.get(connectionId)?.runs.days.sources.scripted as DailySource;
    let asking = '';
    const scripted: DailySource = {
      windowDays: 20,
      fetchDaily: (...asked) => sourceOf(asking).fetchDaily(...asked),
    };
    const runs: RunDependencies = {
      ...before.runs,
      mayGoOn: () => true,
      days: { ...before.runs.days, sources: { scripted } },
      callOf: (connection) => {
        asking = connection.connectionId;
        return before.runs.callOf(connection);
      },
    };
    const credentials = { system: database.system } as SyncDependencies['credentials'];
    const handler = createSync(() => ({ ...unused, credentials, runs }));
    const records = [before, bad, behind].map(({ orgId, connectionId }) => ({
      messageId: randomUUID(),
      body: JSON.stringify({ kind: 'sync', v: 1, orgId, connectionId, trigger: 'schedule' }),
      attributes: { ApproximateReceiveCount: '1' },
    }));
    const event = { Records: records } as unknown as SQSEvent;
    expect(await handler(event, { getRemainingTimeInMillis: () => 300_000 })).toEqual({ batchItemFailures: [] });
    for (const place of [before, behind]) {
      expect(await place.lastRun()).toMatchObject({ status: 'success' });
      expect(Object.keys(await place.clicks())).toHaveLength(70);
    }
    expect(await bad.lastRun()).toMatchObject({ status: 'failed', requestId: records[1]?.messageId });
  });
});

/** No message here renews a credential or compares a day. */
const unused = {
  checks: {} as SyncDependencies['checks'],
  send: async () => undefined,
  report: () => undefined,
};
