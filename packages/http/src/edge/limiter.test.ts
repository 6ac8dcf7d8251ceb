import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBuckets } from '../../test/buckets.ts';
import { type Limit, leaseMs } from './limit.ts';
import { createLimiter } from './limiter.ts';
import { RateLimited, rateLimitHeaders } from './rate-limited.ts';

const minute: Limit = { name: 'organization', quota: 60, windowSeconds: 60, burst: 20 };
const hour: Limit = { name: 'heavy', quota: 10, windowSeconds: 3600, burst: 4 };

/** Instances that share buckets, at a time of their own. */
function start(instances = 1) {
  let at = Date.parse('2026-11-21T12:00:00Z');
  const clock = () => new Date(at);
  const { take, seen } = createBuckets(clock);
  const limiters = Array.from({ length: instances }, () => createLimiter({ take, clock }));
  const ask = (instance = 0, subject = 'a', ...limits: Limit[]) =>
    (limiters[instance] as (typeof limiters)[0])
      .admit((limits.length === 0 ? [minute] : limits).map((limit) => ({ limit, subject })))
      .catch((error: unknown) => {
        if (error instanceof RateLimited) return error;
        throw error;
      });
  const pass = (milliseconds: number) => {
    at += milliseconds;
  };
  const look = (subject: string) => (limiters[0] as (typeof limiters)[0]).assertNotDenied([{ limit: minute, subject }]);
  return { ask, look, pass, seen, clock, now: () => at };
}

describe('a limiter', () => {
  it('admits what is allowed at once, then refuses, without asking again until it is worth it', async () => {
    const { ask, pass, seen } = start();
    const answers = [];
    for (let request = 0; request < 500; request += 1) answers.push(await ask());
    expect(answers.filter((answer) => !(answer instanceof RateLimited))).toHaveLength(minute.burst);
    // One more than tokens by twos: the first alone, and the refusal.
    expect(seen.questions).toBeLessThanOrEqual(minute.burst / 2 + 2);
    const asked = seen.questions;
    pass(500);
    await ask();
    expect(seen.questions).toBe(asked);
  });

  it('tells how long to wait, and admits whoever waits that long', async () => {
    const { ask, pass } = start();
    for (let round = 0; round < 50; round += 1) {
      let answer = await ask();
      while (!(answer instanceof RateLimited)) answer = await ask();
      const headers = rateLimitHeaders(answer.standing);
      expect(headers.ratelimit).toBe(`"organization";r=0;t=${headers['retry-after']}`);
      pass(Number(headers['retry-after']) * 1000);
      expect(await ask()).not.toBeInstanceOf(RateLimited);
    }
  });

  it('counts for each subject and each limit apart, and against all limits or none', async () => {
    const { ask, pass } = start();
    const heavy = async () => ask(0, 'a', minute, hour);
    for (let request = 0; request < 4; request += 1) expect(await heavy()).not.toBeInstanceOf(RateLimited);
    const refused = await heavy();
    expect(refused).toBeInstanceOf(RateLimited);
    expect((refused as RateLimited).standing.limit).toBe(hour);
    for (let request = 0; request < 50; request += 1) await heavy();
    pass(leaseMs(minute));
    // What the heavy limit refused is not taken from the other: four were used, and few were taken in vain.
    let admitted = 0;
    while (!((await ask()) instanceof RateLimited)) admitted += 1;
    expect(admitted).toBeGreaterThanOrEqual(minute.burst - 4 - 2);
    expect(await ask(0, 'b')).not.toBeInstanceOf(RateLimited);
  });

  it('says what is left of the limit that is nearest to its end', async () => {
    const { ask } = start();
    const first = await ask(0, 'a', minute, hour);
    expect(first).toMatchObject({ limit: hour, remaining: 3 });
    expect(rateLimitHeaders(first as never)).toEqual({
      'ratelimit-policy': '"heavy";q=10;w=3600',
      ratelimit: '"heavy";r=3;t=630',
    });
  });

  it('never admits more than the quota in any window, however many instances, whatever the pace', async () => {
    const paces = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 0, max: 9000 })), { minLength: 600, maxLength: 900 });
    let most = 0;
    await fc.assert(
      fc.asyncProperty(paces, async (requests) => {
        const { ask, pass, now } = start(5);
        const admitted: number[] = [];
        for (const [instance, pauseMs] of requests) {
          // Mostly together, with pauses in which tokens come back.
          pass(pauseMs > 8900 ? pauseMs : pauseMs / 40);
          if (!((await ask(instance)) instanceof RateLimited)) admitted.push(now());
        }
        for (const [index, from] of admitted.entries()) {
          const inWindow = admitted.slice(index).filter((time) => time < from + 60_000).length;
          most = Math.max(most, inWindow);
          expect(inWindow).toBeLessThanOrEqual(minute.quota);
        }
      }),
      { numRuns: 60 },
    );
    console.info(`limits: at most ${most} of ${minute.quota} admitted in any window, five instances`);
  });

  it('refuses nobody who keeps to nine tenths of the steady pace', async () => {
    const { ask, pass } = start(3);
    const steadyMs = ((60_000 + leaseMs(minute)) / (minute.quota - minute.burst)) * (10 / 9);
    for (let request = 0; request < 600; request += 1) {
      expect(await ask(request % 3)).not.toBeInstanceOf(RateLimited);
      pass(steadyMs);
    }
  });

  it('forgets the oldest of more subjects than it can remember, and still counts', async () => {
    const { ask } = start();
    let answer = await ask(0, 'first');
    for (let subject = 0; subject < 10_050; subject += 1) await ask(0, `subject ${subject}`);
    while (!(answer instanceof RateLimited)) answer = await ask(0, 'first');
    expect(answer.standing.remaining).toBe(0);
  });

  it('forgets nobody for strangers it only looked at', async () => {
    const { ask, look, seen } = start();
    // The second time it takes two tokens, of which one is left.
    for (let request = 0; request < 2; request += 1) await ask(0, 'counted');
    for (let subject = 0; subject < 10_050; subject += 1) look(`stranger ${subject}`);
    const { questions } = seen;
    await ask(0, 'counted');
    expect(seen.questions).toBe(questions);
  });

  it('refuses at a look whom it knows to be refused, and nobody else', async () => {
    const { ask, look, pass } = start();
    let answer = await ask(0, 'denied');
    while (!(answer instanceof RateLimited)) answer = await ask(0, 'denied');
    expect(() => look('denied')).toThrow(RateLimited);
    look('another');
    pass(answer.standing.waitMs);
    look('denied');
  });

  it('lets nobody in when it cannot count', async () => {
    const clock = () => new Date();
    const take = () => Promise.reject(new Error('away'));
    await expect(createLimiter({ take, clock }).admit([{ limit: minute, subject: 'a' }])).rejects.toThrow('away');
  });

  it.each([
    ['of nothing but what may come at once', { ...minute, burst: 60 }],
    ['of nothing at once', { ...minute, burst: 0 }],
  ])('takes no limit %s', async (_, limit) => {
    const { ask } = start();
    await expect(ask(0, 'a', limit)).rejects.toThrow('leaves nothing');
  });
});
