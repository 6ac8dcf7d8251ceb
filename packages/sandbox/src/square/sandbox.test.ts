import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createFaultPlan } from '../kernel/faults.ts';
import { createVirtualClock } from '../kernel/virtual-clock.ts';
import { squareBehaviours } from './behaviours.ts';
import { createSquareSandbox } from './sandbox.ts';
import { createTestSquare, proves, startedAt } from './square.fixture.ts';
import { startSquareSandbox } from './start.ts';

it('every behaviour has a test that names it', () => {
  const tests = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))
    .join('\n');
  const unproven = Object.keys(squareBehaviours).filter((behaviour) => !tests.includes(`proves('${behaviour}')`));
  expect(unproven).toEqual([]);
});

it(proves('rate_limited'), async () => {
  const square = createTestSquare({ requestsPerSecond: 2 });
  const statusOf = async () => (await square.ask('GET /v2/locations')).status;
  expect([await statusOf(), await statusOf(), await statusOf()]).toEqual([200, 200, 429]);
  expect(await square.refusal('GET /v2/locations')).toEqual([429, 'RATE_LIMITED']);
  const { accessToken } = square.sandbox.authorize('M1');
  expect((await square.ask('GET /v2/locations', { token: accessToken })).status).toBe(200);
  await square.clock.advance(1000);
  const answer = await square.ask('GET /v2/locations');
  expect([answer.status, answer.headers.get('square-version')]).toEqual([200, '2026-09-16']);
  square.sandbox.faults.plan({ fault: 'rate_limited_seconds', seconds: 7 });
  const limited = await square.ask('GET /v2/locations');
  const said = { errors: [{ category: 'RATE_LIMIT_ERROR', code: 'RATE_LIMITED' }] };
  expect([limited.status, limited.headers.get('retry-after'), limited.body]).toEqual([429, '7', said]);
});

it('says what is wrong with itself in words of its own', async () => {
  const square = createTestSquare();
  square.sandbox.faults.plan({ fault: 'server_error' });
  square.sandbox.faults.plan({ fault: 'unavailable' });
  expect(await square.refusal('GET /v2/locations')).toEqual([500, 'INTERNAL_SERVER_ERROR']);
  expect(await square.refusal('GET /v2/locations')).toEqual([503, 'SERVICE_UNAVAILABLE']);
});

/** A day at a shop, with what the application sees of it: every byte and every webhook. */
async function liveThrough(seed: string): Promise<string[]> {
  const seen: string[] = [];
  const clock = createVirtualClock(startedAt);
  const faults = createFaultPlan();
  faults.mix({
    probabilities: { server_error: 0.1, malformed: 0.1, repeated_row: 0.2, drop: 0.2, duplicate: 0.2 },
    seed,
  });
  const webhookFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    seen.push(JSON.stringify([...request.headers]), await request.text());
    return new Response(null, { status: 200 });
  };
  const sandbox = createSquareSandbox({ seed, timeline: clock, faults, webhookFetch, listedWithinMs: 5000 });
  const { accessToken } = sandbox.authorize(sandbox.merchant().id);
  sandbox.subscribe({ notificationUrl: 'https://app.example/hook' });
  for (let hour = 0; hour < 12; hour += 1) {
    const { id } = sandbox.merchant().takePayment({ amountMinor: 100 * hour + 1 });
    if (hour % 3 === 0) sandbox.merchant().refundPayment({ paymentId: id });
    await clock.advance(60_000);
    const headers = { authorization: `Bearer ${accessToken}` };
    const response = await sandbox.fetch('https://square.invalid/v2/payments', { headers });
    seen.push(String(response.status), JSON.stringify([...response.headers]), await response.text());
  }
  return seen;
}

it('is the same for the same seed and the same calls, to the byte', async () => {
  const [one, again, other] = [await liveThrough('one'), await liveThrough('one'), await liveThrough('other')];
  expect(one.length).toBeGreaterThan(80);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

it('listens on 127.0.0.1, in real time unless told, and keeps tokens out of its log', async () => {
  const square = await startSquareSandbox();
  const { accessToken } = square.authorize(square.merchant().id);
  square.merchant().takePayment({ amountMinor: 100 });
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${square.url}/v2/payments`, { headers });
  expect(((await response.json()) as { payments: object[] }).payments).toHaveLength(1);
  expect(square.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(square.requests()).toMatchObject([{ method: 'GET', path: '/v2/payments', status: 200, fault: null }]);
  expect(JSON.stringify(square.requests())).not.toContain(accessToken);
  await square.stop();
  await expect(fetch(square.url)).rejects.toThrow('fetch failed');
});

it('delivers over HTTP in real time', async () => {
  const { createServer } = await import('node:http');
  const square = await startSquareSandbox();
  square.authorize(square.merchant().id);
  const arrived = new Promise<string>((resolve) => {
    const receiver = createServer((request, response) => {
      response.end();
      receiver.close();
      resolve(String(request.headers['x-square-hmacsha256-signature']));
    }).listen(0, '127.0.0.1', () => {
      const { port } = receiver.address() as { port: number };
      square.subscribe({ notificationUrl: `http://127.0.0.1:${port}/`, eventTypes: ['payment.created'] });
      square.merchant().takePayment({ amountMinor: 100 });
    });
  });
  expect(await arrived).toMatch(/^[\w+/]{43}=$/);
  await square.stop();
});
