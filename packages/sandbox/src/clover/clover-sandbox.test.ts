import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createVirtualClock } from '../kernel/virtual-clock.ts';
import { cloverBehaviours } from './behaviours.ts';
import { cloverHosts, createCloverSandbox } from './clover-sandbox.ts';

/** Everything that a day at two merchants puts on the wire. */
async function bytesOf(seed: string): Promise<string> {
  const clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  const wire: unknown[] = [];
  const clover = createCloverSandbox({
    merchants: [{ id: 'M1', accessToken: 't' }, { id: 'M2' }],
    timeline: clock,
    seed,
    webhook: {
      url: 'https://receiver.invalid/',
      authCode: 'code',
      fetch: async (input, init) => {
        wire.push(await new Request(input, init).text());
        return new Response();
      },
    },
  });
  clover.faults.mix({ probabilities: { duplicate: 0.3, drop: 0.3, shifting_page: 0.5, server_error: 0.1 }, seed });
  for (let count = 0; count < 10; count += 1) {
    const { id } = clover.takePayment(count % 2 === 0 ? 'M1' : 'M2', { amount: count });
    if (count === 4) clover.refund('M1', id, 1);
    await clock.advance(1000);
    const url = `${clover.url}/v3/merchants/M1/payments?limit=2&offset=${count}&orderBy=modifiedTime+ASC`;
    const response = await clover.fetch(url, { headers: { authorization: 'Bearer t' } });
    wire.push([response.status, [...response.headers], await response.text()]);
  }
  const { location } = Object.fromEntries(
    (
      await clover.fetch(
        `${clover.url}/oauth/v2/authorize?client_id=DRKVJT2ZRRRSC&redirect_uri=https://ours.invalid/`,
        {
          redirect: 'manual',
        },
      )
    ).headers,
  );
  return JSON.stringify([wire, location, clover.issueTokens('M1'), clover.requests()]);
}

it('CL81 says the same bytes for the same seed and the same calls', async () => {
  const [one, again, other] = [await bytesOf('a'), await bytesOf('a'), await bytesOf('b')];
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

it.each(Object.entries(cloverHosts))('CL80 answers as the region %s', async (region, { api, authorize }) => {
  const clover = createCloverSandbox({
    merchants: [{ id: 'M1', accessToken: 't' }],
    region: region as keyof typeof cloverHosts,
  });
  const response = await clover.fetch(`${api}/v3/merchants/M1`, { headers: { authorization: 'Bearer t' } });
  expect(await response.json()).toMatchObject({ href: `${api}/v3/merchants/M1` });
  const query = 'client_id=DRKVJT2ZRRRSC&redirect_uri=https://ours.invalid/';
  expect((await clover.fetch(`${authorize}/oauth/v2/authorize?${query}`)).status).toBe(302);
});

it('issues a pair without the browser', async () => {
  const clover = createCloverSandbox({ merchants: [{ id: 'M1' }] });
  const { access_token: token } = clover.issueTokens('M1');
  const response = await clover.fetch(`${clover.url}/v3/merchants/M1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  expect(() => clover.issueTokens('M2')).toThrow('no merchant M2');
});

it('every behaviour says its ground, and a test names it', () => {
  const folder = new URL('./', import.meta.url);
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const named = tests.flatMap((name) => readFileSync(new URL(name, folder), 'utf8').match(/\bCL\d\d\b/g) ?? []);
  expect([...new Set(named)].sort()).toEqual(Object.keys(cloverBehaviours).sort());
  for (const { what, source } of Object.values(cloverBehaviours)) expect(what && source).not.toBe('');
});
