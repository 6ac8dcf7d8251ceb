import { AppError } from '@tributary/core/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuckets } from '../../test/buckets.ts';
import { type Client, refusal, startClient } from '../../test/client.ts';
import { walletApp } from '../../test/wallets.ts';
import type { Authenticate } from '../authenticate.ts';
import { createLimiter } from './limiter.ts';

const perMinute = (name: string, quota: number, burst: number) => ({ name, quota, windowSeconds: 60, burst });
const limits = {
  address: perMinute('address', 100, 50),
  strangers: perMinute('strangers', 20, 10),
  organization: perMinute('organization', 60, 30),
  write: perMinute('write', 8, 4),
};
const here = '203.0.113.9';

let client: Client;
beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.server.stop());

/** The sample app with limits, at a time of its own. */
function start(authenticate?: Authenticate) {
  let at = Date.now();
  const clock = () => new Date(at);
  const { take, seen } = createBuckets(clock);
  const { app, lines } = walletApp(client.server, {
    ...(authenticate && { authenticate }),
    origins: ['https://app.example.com'],
    limits: {
      limiter: createLimiter({ take, clock }),
      address: limits.address,
      strangers: limits.strangers,
      usesOf: async ({ orgId }, cost) => [
        { limit: limits.organization, subject: orgId },
        ...(cost === 'write' ? [{ limit: limits.write, subject: orgId }] : []),
      ],
    },
  });
  const ask = (headers: Record<string, string>, address: string | null = here, init: RequestInit = {}) =>
    app.request('/v1/wallets', { ...init, headers }, { client: { address, userAgent: null } });
  const known = () => ask(client.bearer());
  const pass = (milliseconds: number) => {
    at += milliseconds;
  };
  return { ask, known, lines, seen, pass };
}

/** Asks until it is refused; how often it was not. */
async function until429(ask: () => Response | Promise<Response>): Promise<{ answered: number; last: Response }> {
  for (let answered = 0; ; answered += 1) {
    const last = await ask();
    if (last.status === 429 || answered > 1000) return { answered, last };
  }
}

describe('an API with limits', () => {
  it('answers 429 with a code, and with when to come again, which is true', async () => {
    const { known, pass } = start();
    const { answered, last } = await until429(known);
    expect(answered).toBe(limits.organization.burst);
    expect(last.headers.get('ratelimit-policy')).toBe('"organization";q=60;w=60');
    const seconds = Number(last.headers.get('retry-after'));
    expect(last.headers.get('ratelimit')).toBe(`"organization";r=0;t=${seconds}`);
    expect(await refusal(last)).toMatchObject({ status: 429, code: 'rate_limited' });
    pass(seconds * 1000);
    expect((await known()).status).toBe(200);
  });

  it('says on every answer where its caller stands, and lets pages read it', async () => {
    const { ask } = start();
    const answer = await ask({ ...client.bearer(), origin: 'https://app.example.com' });
    expect(answer.headers.get('ratelimit')).toBe('"organization";r=29;t=3');
    expect(answer.headers.get('access-control-expose-headers')).toContain('ratelimit');
  });

  it('asks the store once for all limits of a request, and not at all while it has tokens or nothing to hope for', async () => {
    const { known, seen } = start();
    await known();
    expect(seen.questions).toBe(1);
    await until429(known);
    const { questions } = seen;
    expect(questions).toBeLessThan(limits.organization.burst);
    for (let request = 0; request < 100; request += 1) await known();
    expect(seen.questions).toBe(questions);
  });

  it('counts writes by a limit of their own', async () => {
    const { ask, known } = start();
    const write = () =>
      ask({ ...client.bearer(), 'content-type': 'application/json' }, here, { method: 'POST', body: '{"name":"Ada"}' });
    const { answered, last } = await until429(write);
    expect([answered, last.headers.get('ratelimit-policy')]).toEqual([4, '"write";q=8;w=60']);
    expect((await known()).status).toBe(200);
  });

  it('counts who may not as well as who may', async () => {
    const { ask } = start();
    const { answered } = await until429(() => ask(client.bearer({ role: 'analyst' })));
    expect(answered).toBe(limits.organization.burst);
  });

  it('refuses an address that tries one bad token after the other, and soon without looking at the token', async () => {
    let looks = 0;
    const { ask, seen } = start(async () => {
      looks += 1;
      throw new AppError('unauthenticated', 'A valid bearer token is required.');
    });
    const { answered } = await until429(() => ask({}));
    expect(answered).toBe(limits.strangers.burst);
    const before = { looks, questions: seen.questions };
    for (let request = 0; request < 200; request += 1) expect((await ask({})).status).toBe(429);
    expect({ looks, questions: seen.questions }).toEqual(before);
    expect((await ask({}, '203.0.113.10')).status).toBe(401);
  });

  it('lets somebody known come back to an address when strangers have left it alone for as long as they were told', async () => {
    const { ask, known, pass } = start();
    const { last } = await until429(() => ask({}));
    expect((await known()).status).toBe(429);
    pass(Number(last.headers.get('retry-after')) * 1000);
    expect((await known()).status).toBe(200);
  });

  it('counts all of one address, whatever the headers say it is', async () => {
    const { ask } = start();
    let request = 0;
    const spoofed = (): Record<string, string> => {
      request += 1;
      const address = `198.51.100.${request}`;
      return { 'x-forwarded-for': `${address}, ${address}`, 'x-real-ip': address, forwarded: `for=${address}` };
    };
    const { answered } = await until429(() => ask(spoofed()));
    expect(answered).toBe(limits.strangers.burst);
  });

  it('counts a subscriber’s IPv6 addresses as one', async () => {
    const { ask } = start();
    let request = 0;
    const { answered } = await until429(() => {
      request += 1;
      return ask({}, `2001:db8:1:2::${request.toString(16)}`);
    });
    expect(answered).toBe(limits.strangers.burst);
  });

  it('writes no address to its log', async () => {
    const { ask, known, lines } = start();
    await known();
    await until429(() => ask({}));
    expect(lines.at(-1)).toMatchObject({ status: 429, error: 'rate_limited' });
    expect(JSON.stringify(lines)).not.toContain('203.0.113');
  });
});
