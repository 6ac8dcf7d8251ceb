import { expect, test } from 'vitest';
import { intervalMs, startScheduler, type Timer } from './scheduler.ts';

/** Time that passes only when told to. */
function virtualTime() {
  let now = Date.parse('2026-03-01T00:00:00Z');
  const due: { at: number; callback: () => void }[] = [];
  const timer: Timer = {
    now: () => now,
    after(ms, callback) {
      const entry = { at: now + ms, callback };
      due.push(entry);
      return () => void due.splice(due.indexOf(entry), due.includes(entry) ? 1 : 0);
    },
  };
  return {
    timer,
    async pass(ms: number) {
      const until = now + ms;
      await new Promise(setImmediate);
      for (;;) {
        const [next] = due.toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > until) break;
        due.splice(due.indexOf(next), 1);
        now = Math.max(now, next.at);
        next.callback();
        await new Promise(setImmediate);
      }
      now = until;
    },
    sleep(ms: number) {
      now += ms;
    },
    pending: () => due.length,
  };
}

const minute = 60_000;

test.each([
  ['rate(1 minute)', minute],
  ['rate(5 minutes)', 5 * minute],
  ['rate(2 hours)', 120 * minute],
])('%s is understood', (rate, ms) => expect(intervalMs(rate)).toBe(ms));

test.each(['rate(0 minutes)', 'rate(x minutes)', 'cron(0 * * * ? *)', ''])('%j is refused', (rate) => {
  expect(() => intervalMs(rate)).toThrow('Not a rate');
});

test('each schedule runs at its own rate without drifting', async () => {
  const time = virtualTime();
  const runs: string[] = [];
  const run = async (schedule: string) => void runs.push(schedule);
  const scheduler = startScheduler(
    { fast: 'rate(1 minute)', slow: 'rate(5 minutes)' },
    run,
    () => undefined,
    time.timer,
  );
  await time.pass(minute - 1);
  expect(runs).toEqual([]);
  await time.pass(60 * minute);
  expect(runs.filter((name) => name === 'fast')).toHaveLength(60);
  expect(runs.filter((name) => name === 'slow')).toHaveLength(12);
  await scheduler.stop();
});

test('a run that has not ended is not overlapped', async () => {
  const time = virtualTime();
  const { promise, resolve } = Promise.withResolvers<void>();
  const lines: string[] = [];
  let started = 0;
  const run = () => {
    started += 1;
    return promise;
  };
  const scheduler = startScheduler({ slow: 'rate(1 minute)' }, run, (line) => void lines.push(line), time.timer);
  await time.pass(3 * minute);
  expect(started).toBe(1);
  expect(lines).toHaveLength(2);
  resolve();
  await time.pass(minute);
  expect(started).toBe(2);
  await scheduler.stop();
});

test('a failing run is logged and the next one comes', async () => {
  const time = virtualTime();
  const lines: string[] = [];
  const run = async () => {
    throw new Error('unreachable');
  };
  const scheduler = startScheduler({ broken: 'rate(1 minute)' }, run, (line) => void lines.push(line), time.timer);
  await time.pass(2 * minute);
  expect(lines).toEqual(Array(2).fill('schedule broken failed: Error: unreachable'));
  await scheduler.stop();
});

test('after a sleep of hours one turn is taken, not all that were missed', async () => {
  const time = virtualTime();
  let runs = 0;
  const run = async () => {
    runs += 1;
  };
  const scheduler = startScheduler({ s: 'rate(1 minute)' }, run, () => undefined, time.timer);
  time.sleep(3 * 60 * minute);
  await time.pass(0);
  expect(runs).toBe(1);
  await time.pass(minute);
  expect(runs).toBe(2);
  await scheduler.stop();
});

test('stopping waits for what runs and leaves no timer', async () => {
  const time = virtualTime();
  const { promise, resolve } = Promise.withResolvers<void>();
  const scheduler = startScheduler(
    { s: 'rate(1 minute)' },
    () => promise,
    () => undefined,
    time.timer,
  );
  await time.pass(minute);
  let stopped = false;
  const stopping = scheduler.stop().then(() => {
    stopped = true;
  });
  await new Promise(setImmediate);
  expect(stopped).toBe(false);
  resolve();
  await stopping;
  expect(time.pending()).toBe(0);
});
