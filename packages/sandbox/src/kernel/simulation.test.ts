import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SandboxServer, startHttpServer } from './http-server.ts';
import { type RoutedRequest, readAuthorization, readForm, readJson } from './message.ts';
import { createSandboxFetch } from './sandbox-fetch.ts';
import { createSimulation, type Simulation } from './simulation.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { waysTo } from './ways.fixture.ts';

const start = new Date('2026-11-21T12:00:00Z');
const answer = { elements: Array.from({ length: 20 }, (_, index) => `row ${index}`) };

let clock: VirtualClock;
let simulation: Simulation;
let server: SandboxServer;
let acted = 0;
let latencyMs = 0;
let inFlight = 0;

const echo = (request: RoutedRequest) => ({
  status: 200,
  body: {
    params: request.params,
    query: Object.fromEntries(request.query),
    json: readJson(request) ?? null,
    form: Object.fromEntries(readForm(request)),
    token: readAuthorization(request, 'Bearer'),
  },
});

beforeEach(async () => {
  acted = 0;
  latencyMs = 0;
  inFlight = 0;
  clock = createVirtualClock(start);
  simulation = createSimulation({
    timeline: clock,
    routes: [
      {
        method: 'GET',
        path: '/list',
        contentFaults: ['stale'],
        handle: ({ contentFault }) => {
          acted += 1;
          return { status: 200, body: contentFault ?? answer };
        },
      },
      { method: 'POST', path: '/echo/:name/v1.0', handle: echo },
      { method: 'DELETE', path: '/list', handle: () => ({ status: 204, body: null }) },
    ],
    unmatched: (_request, allowed) => ({ status: allowed.length > 0 ? 405 : 404, body: { allowed } }),
    refuse: (status) => ({ status, headers: { 'x-reason': 'planned' }, body: { refused: status } }),
    limits: {
      enter: () => {
        inFlight += 1;
        return inFlight > 2 ? { status: 429, body: { inFlight } } : null;
      },
      leave: () => {
        inFlight -= 1;
      },
    },
    headersOf: () => ({ 'x-every-answer': 'yes' }),
    latencyMs: () => latencyMs,
  });
  server = await startHttpServer(simulation);
});
afterEach(() => server.stop());

describe.each(waysTo(() => ({ simulation, server })))('a simulation %s', (_way, ask) => {
  it('answers by its routes', async () => {
    const response = await ask('/list');
    expect([response.status, await response.json()]).toEqual([200, answer]);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-every-answer')).toBe('yes');
    expect(response.headers.get('date')).toBe('Sat, 21 Nov 2026 12:00:00 GMT');
    const gone = await ask('/list', { method: 'DELETE' });
    expect([gone.status, await gone.text()]).toEqual([204, '']);
  });

  it('hands its routes what was asked', async () => {
    const json = await ask('/echo/caf%C3%A9%20%2F/v1.0?a=1&b=%26', {
      method: 'POST',
      headers: { Authorization: 'Bearer secret' },
      body: '{"n":1}',
    });
    expect(await json.json()).toMatchObject({
      params: { name: 'café /' },
      query: { a: '1', b: '&' },
      json: { n: 1 },
      token: 'secret',
    });
    const form = await ask('/echo/x/v1.0', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh token' }),
    });
    expect(await form.json()).toMatchObject({ form: { grant_type: 'refresh token' }, json: null, token: null });
  });

  it.each([
    ['another path', '/nothing', 'GET', 404, []],
    ['another method', '/list', 'PUT', 405, ['GET', 'DELETE']],
    ['a dot that is none', '/echo/x/v1x0', 'POST', 404, []],
    ['a name with a slash', '/echo/x/y/v1.0', 'POST', 404, []],
  ])('has no route for %s', async (_name, path, method, status, allowed) => {
    const response = await ask(path, { method });
    expect([response.status, await response.json()]).toEqual([status, { allowed }]);
  });

  it('shows a content fault to the route that can do it', async () => {
    simulation.faults.plan({ fault: 'stale', seconds: 3 });
    expect((await ask('/nothing')).status).toBe(404);
    expect(await (await ask('/list')).json()).toEqual({ kind: 'stale', seconds: 3 });
  });

  it('answers when the latency has passed, and counts what is open till then', async () => {
    latencyMs = 300;
    const asked = [ask('/list'), ask('/list'), ask('/list')];
    while (clock.waiting() < 3) await new Promise(setImmediate);
    expect([inFlight, simulation.requests()]).toEqual([3, []]);
    await clock.advance(300);
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 429]);
    expect(inFlight).toBe(0);
  });

  it('logs what was asked and what came of it, and no secret', async () => {
    simulation.faults.plan({ fault: 'server_error' });
    await ask('/list?code=secret&page=2', { headers: { authorization: 'Bearer secret' } });
    await ask('/echo/x/v1.0', { method: 'POST', body: 'secret' });
    const logged = { at: '2026-11-21T12:00:00.000Z', bytes: expect.any(Number) };
    expect(simulation.requests()).toEqual([
      { ...logged, method: 'GET', path: '/list', query: 'page=2', status: 500, fault: 'server_error' },
      { ...logged, method: 'POST', path: '/echo/x/v1.0', query: '', status: 200, fault: null },
    ]);
    expect(JSON.stringify(simulation.requests())).not.toContain('secret');
  });
});

it('a fetch that was given up before it began does not ask', async () => {
  const givenUp = { signal: AbortSignal.abort(new Error('out of patience')) };
  await expect(createSandboxFetch(simulation)('http://provider.invalid/list', givenUp)).rejects.toThrow('patience');
  expect(acted).toBe(0);
});

it('a server stops with a request still open', async () => {
  simulation.faults.plan({ fault: 'no_answer' });
  const refused = expect(fetch(`${server.url}/list`)).rejects.toThrow('fetch failed');
  while (simulation.requests().length === 0) await new Promise(setImmediate);
  await server.stop();
  await refused;
});
