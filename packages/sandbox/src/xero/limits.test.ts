import { beforeEach, describe, expect, it } from 'vitest';
import { addContact } from './books.ts';
import { behaves, type Stage, setStage } from './xero.fixture.ts';

const minute = 60_000;
const day = 86_400_000;

let stage: Stage;
let token: string;
const begin = async (options: Parameters<typeof setStage>[0] = {}) => {
  stage = setStage(options);
  token = (await stage.connect()).access_token;
};
beforeEach(() => begin());

const tenant = (index: number) => stage.xero.organisations[index]?.id ?? '';
const limitsOf = ({ headers }: Response) => ({
  day: headers.get('x-daylimit-remaining'),
  minute: headers.get('x-minlimit-remaining'),
  app: headers.get('x-appminlimit-remaining'),
});
const refusalOf = ({ status, headers }: Response) => [status, headers.get('x-rate-limit-problem')];
const call = (index = 0) => stage.read('Accounts', token, tenant(index));
const renew = async () => {
  token = (await stage.connect()).access_token;
};
/** Calls until the refusal that the problem names; answers it and how many calls went through. */
const exhaust = async (index = 0) => {
  for (let count = 0; ; count += 1) {
    const response = await call(index);
    if (response.status === 429) return { count, response };
  }
};

describe('limits', () => {
  behaves('limitHeaders', async () => {
    expect(limitsOf(await call())).toEqual({ day: '4999', minute: '59', app: '9999' });
    expect(limitsOf(await call())).toEqual({ day: '4998', minute: '58', app: '9998' });
    const wrongScope = await stage.read('Journals', token);
    expect([wrongScope.status, limitsOf(wrongScope)]).toEqual([404, { day: '4997', minute: '57', app: '9997' }]);
    expect(limitsOf(await call(1))).toEqual({ day: '4999', minute: '59', app: '9996' });
    const connections = await stage.ask('/connections', { headers: { authorization: `Bearer ${token}` } });
    expect(limitsOf(connections)).toEqual({ day: null, minute: null, app: '9995' });
    stage.xero.faults.plan({ fault: 'server_error' });
    expect(limitsOf(await call())).toEqual({ day: '4996', minute: '56', app: '9994' });
  });

  behaves('minuteLimit', async () => {
    const { response } = await exhaust();
    await stage.clock.advance(1000 * Number(response.headers.get('retry-after')));
    const { count, response: refused } = await exhaust();
    expect(count).toBe(60);
    expect(refusalOf(refused)).toEqual([429, 'minute']);
    expect(limitsOf(refused)).toMatchObject({ minute: '0' });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    await stage.clock.advance(1000 * (seconds - 1));
    expect((await call()).status).toBe(429);
    await stage.clock.advance(1000);
    expect((await call()).status).toBe(200);
    expect((await call(1)).status).toBe(200);
  });

  behaves('dayLimit', async () => {
    await begin({ app: { tier: 'starter' } });
    let calls = 0;
    for (let refusal: string | null = null; refusal !== 'day'; ) {
      await renew();
      const { count, response } = await exhaust();
      calls += count;
      refusal = response.headers.get('x-rate-limit-problem');
      const seconds = Number(response.headers.get('retry-after'));
      if (refusal === 'minute') await stage.clock.advance(1000 * seconds);
      else {
        await stage.clock.advance(1000 * seconds - 1000);
        await renew();
        expect(refusalOf(await call())).toEqual([429, 'day']);
        await stage.clock.advance(1000);
        expect(limitsOf(await call())).toMatchObject({ day: '999' });
      }
    }
    expect(calls).toBe(1000);
  });

  behaves('concurrentLimit', async () => {
    let latencyMs = 0;
    await begin({ latencyMs: () => latencyMs });
    latencyMs = 200;
    for (let round = 0; round < 2; round += 1) {
      const open = Array.from({ length: 8 }, () => call());
      open.push(call(1));
      while (stage.clock.waiting() < 9) await new Promise(setImmediate);
      await stage.clock.advance(latencyMs);
      const other = await open.pop();
      expect(other?.status).toBe(200);
      const refusals = (await Promise.all(open)).filter(({ status }) => status !== 200);
      expect(refusals.map(refusalOf)).toEqual(Array.from({ length: 3 }, () => [429, 'concurrent']));
      expect(refusals.map(({ headers }) => headers.get('retry-after'))).toEqual([null, null, null]);
    }
    latencyMs = 0;
    expect((await call()).status).toBe(200);
  });

  behaves(
    'appLimit',
    async () => {
      await begin({ organisations: Array.from({ length: 167 }, (_, index) => ({ name: `Branch ${index}` })) });
      let answers: Awaited<ReturnType<typeof stage.xero.simulation.answer>>[] = [];
      for (let count = 0; count < 10_001; count += 1)
        answers.push(
          await stage.xero.simulation.answer({
            method: 'GET',
            path: '/api.xro/2.0/Accounts',
            query: new URLSearchParams(),
            headers: { authorization: `Bearer ${token}`, 'xero-tenant-id': tenant(count % 167) },
            body: Buffer.alloc(0),
          }),
        );
      const last = answers.pop();
      answers = answers.filter((answer) => !('status' in answer && answer.status === 200));
      expect(answers).toEqual([]);
      expect(last).toMatchObject({ status: 429, headers: { 'x-rate-limit-problem': 'appminute' } });
      expect(last).toHaveProperty('headers.retry-after', expect.stringMatching(/^([1-9]|[1-5]\d|60)$/));
    },
    30_000,
  );

  behaves('fixedWindows', async () => {
    const waits = async () => {
      const refusals = [await exhaust(0), await exhaust(1)];
      return refusals.map(({ response }) => Number(response.headers.get('retry-after')));
    };
    const first = await waits();
    expect(first[0]).not.toBe(first[1]);
    await stage.clock.advance(minute);
    expect(await waits()).toEqual(first);
    await begin({ seed: 2 });
    expect(await waits()).not.toEqual(first);
  });

  behaves('refusedFree', async () => {
    const { response } = await exhaust();
    const left = limitsOf(response);
    expect(limitsOf(await call())).toEqual(left);
  });

  behaves('planned429', async () => {
    stage.xero.faults.plan({ fault: 'rate_limited_seconds', seconds: 37 });
    const response = await call();
    expect(refusalOf(response)).toEqual([429, 'minute']);
    expect([response.headers.get('retry-after'), limitsOf(response)]).toEqual([
      '37',
      { day: '4999', minute: '0', app: '9999' },
    ]);
  });

  behaves('egress', async () => {
    const books = stage.xero.organisations[0];
    if (books !== undefined) for (let count = 0; count < 50; count += 1) addContact(books, { name: `Guest ${count}` });
    let bytes = 0;
    for (const path of ['Contacts?page=1', 'Contacts?page=2', 'Invoices'])
      bytes += (await (await stage.read(path, token)).arrayBuffer()).byteLength;
    await stage.read('Organisation', token);
    await stage.ask('/connections', { headers: { authorization: `Bearer ${token}` } });
    expect([stage.xero.egressBytes(tenant(0)), stage.xero.egressBytes(tenant(1))]).toEqual([bytes, 0]);
    expect(bytes).toBeGreaterThan(10_000);
  });

  it('are whole again with the next day', async () => {
    await exhaust();
    await stage.clock.advance(day);
    await renew();
    expect(limitsOf(await call())).toMatchObject({ day: '4999', minute: '59' });
  });
});
