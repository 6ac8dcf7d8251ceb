import type { Bench, BenchOptions } from './bench.ts';
import { type Child, canPin, startChild } from './child.ts';
import { body, headers, path } from './receive/delivery.ts';
import type { HandlerCost } from './receive/handler-cost.ts';
import type { LoadQuestion, LoadReport } from './receive/load.ts';
import type { ServerReport } from './receive/server.ts';
import { type CaseResult, median } from './result.ts';

const connections = 8;
const script = (name: string) => new URL(`./receive/${name}.ts`, import.meta.url);

interface Server {
  name: 'ours' | 'bare' | 'xero';
  child: Child;
  port: number;
}

interface Round {
  p99Ms: number;
  requestsPerSecond: number;
  cpuMicrosPerRequest: number;
}

async function startServer(name: Server['name']): Promise<Server> {
  const child = startChild(script('server'), [name], { core: 'second' });
  return { name, child, port: await child.ask<number>({ what: 'port' }) };
}

/** A server that does not check would win: both must take what is signed and refuse what is not. */
async function assertChecks({ name, port }: Server): Promise<void> {
  for (const [forged, expected] of [
    [false, 200],
    [true, 401],
  ] as const) {
    const { 'content-length': _, ...sent } = headers({ forged });
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: sent, body });
    if (status !== expected) throw new Error(`${name} answered ${status} where ${expected} is due`);
  }
}

async function measure(server: Server, load: Child, durationMs: number): Promise<Round> {
  const report = () => server.child.ask<ServerReport>({ what: 'report' });
  const before = await report();
  const provider = server.name === 'xero' ? 'xero' : 'square';
  const question: LoadQuestion = { provider, port: server.port, connections, durationMs };
  const { answered, ok, taken, elapsedMs, p99Ms } = await load.ask<LoadReport>(question);
  const after = await report();
  const accepted = after.accepted - before.accepted;
  if (ok !== answered || accepted !== taken) {
    throw new Error(`${server.name}: ${answered} answers, ${ok} as due, ${taken} with 200, ${accepted} accepted`);
  }
  return {
    p99Ms,
    requestsPerSecond: (answered * 1000) / elapsedMs,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / answered,
  };
}

/** Xero waits five seconds for an answer, also to the check of a new webhook, which must tell wrong signatures from right ones. */
async function* answerXero(load: Child, { quick }: BenchOptions): AsyncGenerator<CaseResult> {
  const server = await startServer('xero');
  try {
    const { p99Ms } = await measure(server, load, quick ? 400 : 5000);
    yield { case: 'Xero answer p99', value: p99Ms, unit: 'ms', baseline: null, bar: { atMost: 500 } };
  } finally {
    await server.child.stop();
  }
}

async function compare(servers: readonly [Server, Server], load: Child, { quick, log }: BenchOptions) {
  const [roundCount, durationMs, warmUpMs] = quick ? [3, 400, 400] : [5, 2000, 1500];
  const rounds = new Map<Server['name'], Round[]>(servers.map(({ name }) => [name, []]));
  for (const server of servers) await measure(server, load, warmUpMs);
  for (let index = 0; index < roundCount; index += 1) {
    for (const server of servers) {
      const round = await measure(server, load, durationMs);
      rounds.get(server.name)?.push(round);
      const busy = (round.requestsPerSecond * round.cpuMicrosPerRequest) / 10_000;
      log(`${server.name}: ${round.requestsPerSecond.toFixed(0)} req/s, the server's core ${busy.toFixed(0)} % busy`);
      // Then the load generator, or somebody else on this machine, set the pace; CPU per request still compares.
      if (busy < 80) log('  not saturated: this round says little about throughput');
    }
  }
  return (name: Server['name'], read: (round: Round) => number) => median((rounds.get(name) ?? []).map(read));
}

async function* run(options: BenchOptions): AsyncGenerator<CaseResult> {
  if (!canPin) options.log('no taskset or one core: server and load generator share what there is');
  const children: Child[] = [];
  try {
    const ours = await startServer('ours');
    const bare = await startServer('bare');
    const load = startChild(script('load'), [], { core: 'first' });
    children.push(ours.child, bare.child, load);
    await assertChecks(ours);
    await assertChecks(bare);
    const of = await compare([ours, bare], load, options);
    const rate = ({ requestsPerSecond }: Round) => requestsPerSecond;
    const cpu = ({ cpuMicrosPerRequest }: Round) => cpuMicrosPerRequest;
    const bar = { atLeastRatio: 0.5 };
    yield { case: 'throughput', value: of('ours', rate), unit: 'req/s', baseline: of('bare', rate), bar };
    yield { case: 'server CPU', value: of('ours', cpu), unit: 'us/req', baseline: of('bare', cpu), bar: null };
    yield* answerXero(load, options);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
  const cost = startChild(script('handler-cost'), [], { core: 'second' });
  try {
    const question = { calls: options.quick ? 1000 : 10_000, rounds: options.quick ? 3 : 7 };
    const { handlerMicros, checkMicros } = await cost.ask<HandlerCost>(question);
    yield { case: 'handler', value: handlerMicros, unit: 'us/call', baseline: checkMicros, bar: null };
  } finally {
    await cost.stop();
  }
}

export const receive: Bench = {
  summary:
    'the Square webhook behind node:http (event, proof, message, log line; SQS is outside: the queue only counts) against a bare server with the same HMAC; the time of the Xero webhook to its answer',
  run,
};
