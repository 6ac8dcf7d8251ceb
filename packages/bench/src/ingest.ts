import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queues } from '@tributary/infra/topology';
import { databaseName } from '@tributary/local/roles';
import { createShutdown, type Shutdown } from '@tributary/local/shutdown';
import { region } from '@tributary/local/sqs';
import { createFunctions } from '@tributary/local/stack-functions';
import pg from 'pg';
import type { Bench, BenchOptions } from './bench.ts';
import { type Child, startChild } from './child.ts';
import { drain } from './ingest/drain.ts';
import type { InsertQuestion } from './ingest/insert-load.ts';
import type { PreloadQuestion } from './ingest/preload.ts';
import { type Stage, setUpStage } from './ingest/stage.ts';
import { type CaseResult, median } from './result.ts';

const customers = 200;
const script = (name: string) => new URL(`./ingest/${name}.ts`, import.meta.url);

interface Run {
  stage: Stage;
  options: BenchOptions;
  preloading: Child;
  inserting: Child;
  database: pg.Client;
  /** Deliveries put onto the queue so far. */
  sent: number;
}

async function setUp(folder: string, shutdown: Shutdown, options: BenchOptions): Promise<Run> {
  const stage = await setUpStage(folder, shutdown, options.log);
  const { services } = stage;
  const aws = { AWS_REGION: region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const env = { ...process.env, ...aws, AWS_ENDPOINT_URL_SQS: services.sqs.url };
  const preloading = startChild(script('preload'), [], { env });
  shutdown.add('preload', () => preloading.stop());
  const inserting = startChild(script('insert-load'), []);
  shutdown.add('insert load', () => inserting.stop());
  const database = new pg.Client({ connectionString: services.postgres.url(databaseName) });
  await database.connect();
  shutdown.add('checks', () => database.end());
  return { stage, options, preloading, inserting, database, sent: 0 };
}

/** Puts `count` deliveries onto the queue, has them ingested, and makes sure that every one of them became points. */
async function ingestSome(
  run: Run,
  functions: ReturnType<typeof createFunctions>,
  name: string,
  count: number,
  orders: Pick<PreloadQuestion, 'orderIds'> = {},
) {
  const { sqs } = run.stage.services;
  const question: PreloadQuestion = { queueUrl: sqs.queueUrl('ingest'), name, count, customers, ...orders };
  await run.preloading.ask(question);
  run.sent += count;
  const drained = await drain(sqs, functions, count, run.options.log);
  const { rows } = await run.database.query(
    `select (select count(*)::int from loyalty.reward_events) as rewards,
       (select count(*)::int from inbox.events where status = 'applied') as applied`,
  );
  if (rows[0].rewards !== run.sent || rows[0].applied !== run.sent) {
    throw new Error(`${run.sent} deliveries became ${rows[0].applied} applied events and ${rows[0].rewards} rewards`);
  }
  return drained;
}

async function insertSome({ stage, inserting }: Run, row: InsertQuestion['row'], name: string, count: number) {
  const { orgId, around } = stage;
  const question: InsertQuestion = {
    row,
    // Deliveries belong to no organization: the system stores them.
    url: around.databaseUrl(row === 'delivery' ? 'system' : 'worker'),
    proxy: around.neonProxy,
    orgId,
    name,
    count,
    concurrency: queues.ingest.maxConcurrency,
  };
  return inserting.ask<number>(question);
}

/** What crosses the wires, counted apart from the timed rounds: counting costs time. */
async function countTrips(run: Run, count: number): Promise<CaseResult[]> {
  const { counted, bundles, square } = run.stage;
  const functions = createFunctions(bundles, counted.around, run.options.log);
  const tally = () => ({ ...counted.wire.tally(), questions: square.requests().length });
  const countOne = async (name: string, orders: Pick<PreloadQuestion, 'orderIds'>) => {
    const before = tally();
    await ingestSome(run, functions, name, count, orders);
    const after = tally();
    return (what: keyof typeof before) => (after[what] - before[what]) / count;
  };
  try {
    const unasked = await countOne('counted', {});
    const asked = await countOne('counted-asked', { orderIds: sellAtSquare(run, count) });
    const perDelivery = (name: string, value: number): CaseResult => {
      return { case: name, value, unit: '/delivery', baseline: null, bar: null };
    };
    return [
      perDelivery('statements', unasked('statements')),
      perDelivery('round trips', unasked('roundTrips')),
      perDelivery('statements, orders asked for', asked('statements')),
      perDelivery('round trips, orders asked for', asked('roundTrips')),
      perDelivery('questions to Square, orders asked for', asked('questions')),
    ];
  } finally {
    await functions.stop();
  }
}

function sellAtSquare({ stage }: Run, count: number): string[] {
  const merchant = stage.square.merchant();
  const lines = ['Flat white', 'Cake', 'Tea'].map((name) => ({ name, priceMinor: 300 }));
  return Array.from({ length: count }, () => merchant.takePayment({ lines }).order_id ?? '');
}

async function timeRounds(run: Run): Promise<CaseResult[]> {
  const { options, stage } = run;
  const [rounds, count] = options.quick ? [2, 500] : [3, 5000];
  const functions = createFunctions(stage.bundles, stage.around, options.log);
  const perSecond = { ours: [] as number[], delivery: [] as number[], smallest: [] as number[] };
  const rate = (elapsedMs: number) => (count * 1000) / elapsedMs;
  try {
    // As many again as a round: five instances take that long until their code is compiled.
    await ingestSome(run, functions, 'warm-up', count);
    for (const row of ['delivery', 'smallest'] as const) await insertSome(run, row, 'warm-up', count);
    // What autovacuum does within a minute; until then the planner takes every table for empty.
    await run.database.query('analyze');
    for (let round = 0; round < rounds; round += 1) {
      const { elapsedMs, invocations, retried } = await ingestSome(run, functions, `round-${round}`, count);
      perSecond.ours.push(rate(elapsedMs));
      for (const row of ['delivery', 'smallest'] as const) {
        perSecond[row].push(rate(await insertSome(run, row, `round-${round}`, count)));
      }
      const [ours, delivery, smallest] = Object.values(perSecond).map((rates) => rates.at(-1)?.toFixed(0));
      options.log(`${ours} deliveries/s (${invocations} invocations, ${retried} retried)`);
      options.log(`  inserts/s: ${delivery} of a delivery, ${smallest} of the smallest row`);
    }
  } finally {
    await functions.stop();
  }
  const posted = { value: median(perSecond.ours), unit: 'deliveries/s' };
  return [
    { case: 'SQS to posted', ...posted, baseline: median(perSecond.delivery), bar: { atLeastRatio: 1 } },
    { case: 'SQS to posted, smallest row', ...posted, baseline: median(perSecond.smallest), bar: null },
  ];
}

export const ingest: Bench = {
  summary: `signed Square payments from SQS to posted points (${customers} customers, fsync on) against transactions of one inserted row`,
  async *run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
    const shutdown = createShutdown(options.log);
    try {
      const run = await setUp(folder, shutdown, options);
      yield* await countTrips(run, 500);
      yield* await timeRounds(run);
    } finally {
      await shutdown.run();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
