import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown, type Shutdown } from '@tributary/local/shutdown';
import type { Bench, BenchOptions } from './bench.ts';
import { type Child, startChild } from './child.ts';
import type { BombReport } from './edge/bombs.ts';
import type { FloodQuestion, LoadQuestion, LoadReport } from './edge/instance.ts';
import { type Stage, setUpStage } from './edge/stage.ts';
import { type CaseResult, median } from './result.ts';

const script = (name: string) => new URL(`./edge/${name}.ts`, import.meta.url);
const quietOrganizations = 99;
/** Of a free organization is admitted 600 a minute at most: this is ten times as much. */
const noisyEveryMs = 10;
const quietEveryMs = 10;
const floodLimit = { name: 'flooded', quota: 1000, windowSeconds: 4, burst: 300 };

interface Run {
  stage: Stage;
  /** One serves who is quiet and one who is noisy, as instances of a function do. */
  instances: readonly [Child, Child];
  options: BenchOptions;
}

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

async function setUp(folder: string, shutdown: Shutdown, options: BenchOptions): Promise<Run> {
  const stage = await setUpStage(folder, shutdown);
  const instances = [
    startChild(script('instance'), [], { core: 'first' }),
    startChild(script('instance'), [], { core: 'second' }),
  ] as const;
  for (const instance of instances) {
    shutdown.add('instance', () => instance.stop());
    await instance.ask({ what: 'open', url: stage.url, proxy: stage.proxy });
  }
  return { stage, instances, options };
}

/**
 * Organizations that keep to their pace, alone and beside one that asks ten times as much as it may, by turns of a second: what else this
 * machine does falls on all alike.
 */
async function* besideNoise({ stage, instances: [quiet, noisy], options }: Run): AsyncGenerator<CaseResult> {
  const orgIds = await stage.organizations(quietOrganizations, 'free');
  const durationMs = 1000;
  const [loud, unlimitedLoud] = [await stage.organizations(1, 'free'), await stage.organizations(1, 'free')];
  const heardMs = { alone: [] as number[], beside: [] as number[], unlimited: [] as number[] };
  const listen = async (name: keyof typeof heardMs) => {
    const limited = name !== 'unlimited';
    const load = (ids: readonly string[], everyMs: number): LoadQuestion => {
      return { what: 'load', limited, orgIds: ids, durationMs, everyMs };
    };
    const [heard, noise] = await Promise.all([
      quiet.ask<LoadReport>(load(orgIds, quietEveryMs)),
      name === 'alone' ? null : noisy.ask<LoadReport>(load(limited ? loud : unlimitedLoud, noisyEveryMs)),
    ]);
    if (heard.refused > 0) throw new Error(`${heard.refused} requests of quiet organizations were refused`);
    heardMs[name].push(...heard.answeredMs);
    return noise;
  };
  const told = { answered: 0, refused: 0 };
  // What an organization may ask at once is used up before it counts.
  for (let turn = 0; turn < 4; turn += 1) await listen('beside');
  for (const values of Object.values(heardMs)) values.length = 0;
  for (let turn = 0; turn < (options.quick ? 3 : 30); turn += 1) {
    await listen('alone');
    const noise = await listen('beside');
    told.answered += noise?.answeredMs.length ?? 0;
    told.refused += noise?.refused ?? 0;
    await listen('unlimited');
  }
  options.log(`of the noisy one ${told.answered} answered, ${told.refused} refused; quiet ${heardMs.beside.length}`);
  const p99 = (name: keyof typeof heardMs) => percentile(heardMs[name], 0.99);
  yield { case: 'quiet p99 beside noise', value: p99('beside'), unit: 'ms', baseline: p99('alone'), bar: null };
  const times = { unit: 'times alone', baseline: null };
  yield { case: 'quiet p99, ratio', value: p99('beside') / p99('alone'), ...times, bar: { atMost: 1.2 } };
  const unlimited = p99('unlimited') / p99('alone');
  yield { case: 'quiet p99, ratio without limits', value: unlimited, ...times, bar: null };
}

/** What counting costs a request: of one caller who asks all the time, and of many who ask now and then. */
async function* cost({ stage, instances: [instance], options }: Run): AsyncGenerator<CaseResult> {
  const durationMs = options.quick ? 800 : 4000;
  const one = await stage.organizations(1, 'enterprise');
  const many = await stage.organizations(500, 'enterprise');
  for (const [name, orgIds] of [
    ['request of one caller', one],
    ['request of a caller not seen lately', many],
  ] as const) {
    const medianMs = async (limited: boolean) => {
      const report = await instance.ask<LoadReport>({ what: 'load', limited, orgIds, durationMs, everyMs: 1 });
      if (report.refused > 0) throw new Error(`${report.refused} requests were refused`);
      return median(report.answeredMs);
    };
    await medianMs(true);
    const value = await medianMs(true);
    yield { case: name, value, unit: 'ms', baseline: await medianMs(false), bar: null };
  }
}

/** Two processes ask one limit as fast as they can, by the clock on the wall. */
async function* overAdmission({ instances, options }: Run): AsyncGenerator<CaseResult> {
  const question: FloodQuestion = { what: 'flood', limit: floodLimit, durationMs: options.quick ? 5000 : 20_000 };
  const admitted = (await Promise.all(instances.map((instance) => instance.ask<number[]>(question)))).flat();
  admitted.sort((one, other) => one - other);
  let [from, most] = [0, 0];
  for (const [index, at] of admitted.entries()) {
    while ((admitted[from] ?? at) <= at - floodLimit.windowSeconds * 1000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  options.log(`${admitted.length} admitted, at most ${most} of ${floodLimit.quota} in any window`);
  if (most < floodLimit.quota * 0.8) throw new Error('the limit was not reached');
  const value = Math.max(0, most / floodLimit.quota - 1) * 100;
  yield { case: 'over-admission, two processes', value, unit: '%', baseline: null, bar: { atMost: 1 } };
}

async function* bombs(shutdown: Shutdown, { log }: BenchOptions): AsyncGenerator<CaseResult> {
  const slowestMs: number[] = [];
  for (let process = 0; process < 3; process += 1) {
    const child = startChild(script('bombs'), [], { core: 'second' });
    shutdown.add('bombs', () => child.stop());
    const { name, ms } = await child.ask<BombReport>({});
    log(`slowest bomb: ${name}, ${ms.toFixed(1)} ms`);
    slowestMs.push(ms);
  }
  const value = median(slowestMs);
  yield { case: 'slowest refusal of a bomb', value, unit: 'ms', baseline: null, bar: { atMost: 100 } };
}

async function* run(options: BenchOptions): AsyncGenerator<CaseResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const shutdown = createShutdown(options.log);
  try {
    if (options.wants('slowest refusal of a bomb')) yield* bombs(shutdown, options);
    const stage = await setUp(folder, shutdown, options);
    if (options.wants('quiet p99, ratio')) yield* besideNoise(stage);
    if (options.wants('request of a caller not seen lately')) yield* cost(stage);
    if (options.wants('over-admission, two processes')) yield* overAdmission(stage);
  } finally {
    await shutdown.run();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const edge: Bench = {
  summary:
    'rate limits: p99 of 99 quiet organizations beside one that asks ten times as much as it may against alone; what counting costs a request against none; over-admission of two processes; the slowest refusal of a hostile body',
  run,
};
