import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultKind, faultKinds, type PlannedFault } from './faults.ts';
import { type SandboxServer, startHttpServer } from './http-server.ts';
import { createSimulation, type Simulation } from './simulation.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { waysTo } from './ways.fixture.ts';

const start = new Date('2026-11-21T12:00:00Z');
const answer = { elements: Array.from({ length: 20 }, (_, index) => `row ${index}`) };

let clock: VirtualClock;
let simulation: Simulation;
let server: SandboxServer;
let acted = 0;

beforeEach(async () => {
  acted = 0;
  clock = createVirtualClock(start);
  simulation = createSimulation({
    timeline: clock,
    routes: [
      {
        method: 'GET',
        path: '/list',
        handle: () => {
          acted += 1;
          return { status: 200, body: answer };
        },
      },
    ],
    unmatched: () => ({ status: 404, body: null }),
    refuse: (status) => ({ status, headers: { 'x-reason': 'planned' }, body: { refused: status } }),
    headersOf: () => ({ 'x-every-answer': 'yes' }),
  });
  server = await startHttpServer(simulation);
});
afterEach(() => server.stop());

const plan = (fault: FaultKind, seconds?: number) =>
  simulation.faults.plan({ fault, ...(seconds !== undefined && { seconds }) } as PlannedFault);

describe.each(waysTo(() => ({ simulation, server })))('a request %s', (_way, ask) => {
  it.each<[FaultKind, number, string | null]>([
    ['rate_limited_seconds', 429, '40'],
    ['rate_limited_date', 429, 'Sat, 21 Nov 2026 12:00:40 GMT'],
    ['rate_limited_silent', 429, null],
    ['server_error', 500, null],
    ['unavailable', 503, '40'],
  ])("meets %s in the provider's words, and does not act", async (fault, status, retryAfter) => {
    plan(fault, 40);
    const response = await ask('/list');
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect([response.headers.get('x-reason'), response.headers.get('x-every-answer')]).toEqual(['planned', 'yes']);
    expect(await response.json()).toEqual({ refused: status });
    expect(acted).toBe(0);
    expect((await ask('/list')).status).toBe(200);
  });

  it.each<[FaultKind, number, number]>([
    ['bad_gateway', 502, 0],
    ['html', 200, 1],
  ])('meets a page of HTML: %s', async (fault, status, timesActed) => {
    plan(fault);
    const response = await ask('/list');
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/html']);
    expect(await response.text()).toContain('<!doctype html>');
    expect(acted).toBe(timesActed);
  });

  it.each<[FaultKind, number]>([
    ['reset', 0],
    ['reset_after_commit', 1],
  ])('meets a connection that is cut: %s', async (fault, timesActed) => {
    plan(fault);
    const error = await ask('/list').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET' } });
    expect(acted).toBe(timesActed);
    expect(simulation.requests()).toMatchObject([{ status: null, fault, bytes: 0 }]);
  });

  it.each<[FaultKind, number]>([
    ['no_answer', 0],
    ['no_answer_after_commit', 1],
  ])('meets no answer: %s', async (fault, timesActed) => {
    plan(fault);
    const patience = new AbortController();
    const asked = ask('/list', { signal: patience.signal });
    while (simulation.requests().length === 0) await new Promise(setImmediate);
    patience.abort(new Error('out of patience'));
    await expect(asked).rejects.toThrow('out of patience');
    expect(acted).toBe(timesActed);
  });

  it('meets JSON that ends too early, in an answer that is whole', async () => {
    plan('malformed');
    const text = await (await ask('/list')).text();
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(text).toHaveLength(JSON.stringify(answer).length);
  });

  it('meets a body that breaks off', async () => {
    plan('truncated');
    const response = await ask('/list');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(simulation.requests()[0]?.bytes).toBeLessThan(JSON.stringify(answer).length);
  });

  it('meets half a gzip stream, of which no error tells', async () => {
    plan('truncated_gzip');
    const text = await (await ask('/list')).text();
    expect(JSON.stringify(answer).startsWith(text)).toBe(true);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('meets an empty answer', async () => {
    plan('empty');
    const response = await ask('/list');
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('meets a body that drips, piece by piece as the clock moves', async () => {
    plan('slow_body', 7);
    const reader = (await ask('/list')).body?.getReader();
    let text = '';
    let isDone = false;
    const reading = (async () => {
      for (let read = await reader?.read(); read?.done === false; read = await reader?.read())
        text += Buffer.from(read.value).toString();
      isDone = true;
    })();
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(text.length).toBeLessThan(JSON.stringify(answer).length / 5);
    while (!isDone) {
      await clock.advance(7000);
      await new Promise(setImmediate);
    }
    await reading;
    expect(JSON.parse(text)).toEqual(answer);
  });
});

it('every fault of a request or a response has a test above', () => {
  const tested: FaultKind[] = [
    ...(['rate_limited_seconds', 'rate_limited_date', 'rate_limited_silent', 'server_error', 'unavailable'] as const),
    ...(['bad_gateway', 'html', 'reset', 'reset_after_commit', 'no_answer', 'no_answer_after_commit'] as const),
    ...(['malformed', 'truncated', 'truncated_gzip', 'empty', 'slow_body'] as const),
  ];
  const all = Object.entries(faultKinds).filter(([, { phase }]) => phase === 'request' || phase === 'response');
  expect(tested.sort()).toEqual(all.map(([kind]) => kind).sort());
});
