import { beforeEach, describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../kernel/virtual-clock.ts';
import { type CloverSandbox, createCloverSandbox } from './clover-sandbox.ts';

let clock: VirtualClock;
let clover: CloverSandbox;
let latencyMs = 0;
beforeEach(() => {
  clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  latencyMs = 0;
  clover = createCloverSandbox({
    merchants: ['M1', 'M2', 'M3', 'M4'].map((id) => ({ id, accessToken: `token-${id}` })),
    timeline: clock,
    latencyMs: () => latencyMs,
  });
});

const ask = async (merchantId = 'M1') => {
  const response = await clover.fetch(`${clover.url}/v3/merchants/${merchantId}`, {
    headers: { authorization: `Bearer token-${merchantId}` },
  });
  const limits = [...response.headers].filter(([name]) => name.startsWith('x-ratelimit-'));
  return { status: response.status, limits, retryAfter: response.headers.get('retry-after') };
};
const askTimes = async (times: number, merchantId?: string) => {
  const answers = [];
  for (let count = 0; count < times; count += 1) answers.push(await ask(merchantId));
  return answers;
};
const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);
const times = <Value>(count: number, value: Value) => Array.from({ length: count }, () => value);
const answered = async (asked: Promise<{ status: number }>[], count: number) => {
  while (clock.waiting() < count) await new Promise(setImmediate);
  await clock.advance(latencyMs);
  return Promise.all(asked);
};

describe('requests one after the other', () => {
  it('CL60 are sixteen a second for a token, and the header names the limit', async () => {
    expect(statuses(await askTimes(16))).toEqual(times(16, 200));
    expect(await ask()).toEqual({ status: 429, limits: [['x-ratelimit-tokenlimit', '16']], retryAfter: null });
    expect((await ask('M2')).status).toBe(200);
    await clock.advance(1000);
    expect((await ask()).status).toBe(200);
  });

  it('CL60 are fifty a second for all tokens of the app', async () => {
    for (const merchantId of ['M1', 'M2', 'M3']) await askTimes(16, merchantId);
    await askTimes(2, 'M4');
    expect(await ask('M4')).toEqual({ status: 429, limits: [['x-ratelimit-crosstokenlimit', '50']], retryAfter: null });
    await clock.advance(1000);
    expect((await ask('M4')).status).toBe(200);
  });

  it('CL64 are counted in any second, refused ones too', async () => {
    await askTimes(8);
    await clock.advance(600);
    expect(statuses(await askTimes(9)).filter((status) => status === 429)).toHaveLength(1);
    await clock.advance(400);
    expect((await ask()).status).toBe(200);
    for (let count = 0; count < 20; count += 1) {
      await clock.advance(50);
      await ask();
    }
    await clock.advance(50);
    expect((await ask()).status).toBe(429);
    await clock.advance(1000);
    expect((await ask()).status).toBe(200);
  });

  it('CL64 of OAuth are not counted', async () => {
    for (let count = 0; count < 60; count += 1)
      expect((await clover.fetch(`${clover.url}/oauth/v2/authorize`)).status).toBe(400);
    expect((await ask()).status).toBe(200);
  });

  it('count also when they meet a fault', async () => {
    clover.faults.plan({ fault: 'server_error', times: 16 });
    expect(statuses(await askTimes(17))).toEqual([...times(16, 500), 429]);
  });
});

describe('requests at once', () => {
  beforeEach(() => {
    latencyMs = 200;
  });

  it('CL61 are five for a token', async () => {
    const answers = await answered(
      times(6, null).map(() => ask()),
      6,
    );
    expect(statuses(answers).sort()).toEqual([...times(5, 200), 429]);
    expect(answers).toContainEqual({
      status: 429,
      limits: [['x-ratelimit-tokenconcurrentlimit', '5']],
      retryAfter: '1',
    });
  });

  it('CL61 are ten for the app', async () => {
    const answers = await answered(
      ['M1', 'M2', 'M3'].flatMap((merchantId) => times(4, null).map(() => ask(merchantId))),
      12,
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ limits: [['x-ratelimit-crosstokenconcurrentlimit', '10']], retryAfter: '1' });
  });

  it('CL62 CL63 make who comes too early wait longer, twice each time, a minute at most', async () => {
    await answered(
      times(6, null).map(() => ask()),
      6,
    );
    latencyMs = 0;
    const waits: (string | null)[] = [];
    for (let count = 0; count < 7; count += 1) waits.push((await ask()).retryAfter);
    expect(waits).toEqual(['2', '4', '8', '16', '32', '60', '60']);
    await clock.advance(59_999);
    expect((await ask()).retryAfter).toBe('60');
    await clock.advance(60_000);
    expect((await ask()).status).toBe(200);
    expect((await ask('M2')).status).toBe(200);
  });

  it('CL61 are served again when the wait has passed', async () => {
    await answered(
      times(6, null).map(() => ask()),
      6,
    );
    await clock.advance(800);
    latencyMs = 0;
    expect((await ask()).status).toBe(200);
  });
});

it('there are no limits where none are wanted', async () => {
  clover = createCloverSandbox({ merchants: [{ id: 'M1', accessToken: 'token-M1' }], timeline: clock, limits: null });
  expect(new Set(statuses(await askTimes(100)))).toEqual(new Set([200]));
});
