import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown } from '@tributary/local/shutdown';
import type pg from 'pg';
import type { Bench, BenchOptions } from './bench.ts';
import { firstDay, type Load, small, whole } from './dashboard/load.ts';
import { type Ask, type Asked, lookUp, questions, type Statement, statementOf } from './dashboard/questions.ts';
import { openStage, roles, type Stage } from './dashboard/stage.ts';
import { type CaseResult, median } from './result.ts';

type Agency = Stage['agencies'][number];

const spans = [7, 30, 90, 120];
const dayAt = (at: number) => new Date(Date.parse(firstDay) + at * 86_400_000).toISOString().slice(0, 10);
const pick = <Item>(items: readonly Item[]) => items[randomInt(items.length)] as Item;

/** Somebody's look at some days: every other one compared with as many before. */
function draw({ connectionId }: Agency, { days }: Load): Asked {
  const span = Math.min(pick(spans), Math.floor(days / 2));
  const last = randomInt(2 * span - 1, days);
  const compare = randomInt(2) === 0 ? {} : ({ compare: 'previous' } as const);
  return { from: dayAt(last - span + 1), to: dayAt(last), connectionId, ...compare };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** 99th percentiles in milliseconds of a question and of a look-up, in turns, of as many organizations and days as are drawn. */
async function slowest({ api, agencies }: Stage, size: Load, ask: Ask, count: number) {
  const times = { question: [] as number[], lookUp: [] as number[] };
  for (let asked = -20; asked < count; asked += 1) {
    const agency = pick(agencies);
    const context = { database: api, orgId: agency.orgId };
    const wanted = draw(agency, size);
    const questionMs = await timed(() => ask(context, wanted));
    const lookUpMs = await timed(() => lookUp(context, wanted));
    if (asked < 0) continue;
    times.question.push(questionMs);
    times.lookUp.push(lookUpMs);
  }
  const percentile = (of: readonly number[]) => of.toSorted((a, b) => a - b)[Math.ceil(of.length * 0.99) - 1];
  const [value = Number.NaN, baseline = Number.NaN] = [percentile(times.question), percentile(times.lookUp)];
  return { value, baseline, medianMs: median(times.question) };
}

/** How long a way to ask takes of an agency, in milliseconds. */
type Way = (agency: Agency) => Promise<number>;

/** Medians of two ways to ask, in turns, of one organization after the other. */
async function compare(
  agencies: readonly Agency[],
  count: number,
  ways: readonly [Way, Way],
): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let asked = -10; asked < count; asked += 1) {
    const agency = pick(agencies);
    for (const at of asked % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const elapsedMs = await ways[at](agency);
      if (asked >= 0) times[at].push(elapsedMs);
    }
  }
  return [median(times[0]), median(times[1])];
}

/**
 * A statement of an organization as a role asks it, by a connection that was used just before: as the driver's HTTP protocol sends it, parsed and
 * planned each time. Not by EXPLAIN, which counts rows at each node and so charges a plan for having one more.
 */
async function runAs(
  client: pg.Client,
  role: string,
  { orgId }: Agency,
  { query, params }: Statement,
): Promise<number> {
  await client.query(`select set_config('app.org_id', $1, false), set_config('role', $2, false)`, [orgId, role]);
  return timed(() => client.query(query, params));
}

/** What an endpoint asks the database for, of each agency: caught beforehand, so that no request of its own falls between what is timed. */
async function statementsOf(
  api: Stage['api'],
  agencies: readonly Agency[],
  ask: Ask,
  asked: Omit<Asked, 'connectionId'>,
) {
  const statements = new Map<Agency, Statement>();
  for (const agency of agencies) {
    const { orgId, connectionId } = agency;
    statements.set(agency, await statementOf(() => ask({ database: api, orgId }, { ...asked, connectionId })));
  }
  return (agency: Agency) => statements.get(agency) as Statement;
}

/** What row-level security adds to a statement: the same for a role to which no policy applies. */
async function policyCost(
  { api, client, agencies }: Stage,
  ask: Ask,
  asked: Omit<Asked, 'connectionId'>,
  count: number,
) {
  const some = agencies.slice(0, 20);
  const statement = await statementsOf(api, some, ask, asked);
  const by =
    (role: string): Way =>
    (agency) =>
      runAs(client, role, agency, statement(agency));
  return compare(some, count, [by(roles.bound), by(roles.unbound)]);
}

/** What `totals` answers, added up from the facts: the same groups, and the same amounts left out. */
const raw = `select o.base_currency as currency, t.* from identity.organizations o left join lateral (
    select '' as bucket, f.day >= $2::date as "isCurrent", f.base_currency = o.base_currency as "isShown",
      json_build_array(sum(f.clicks), sum(f.signups), sum(f.ftd_count), sum(f.base_deposits_minor), sum(f.base_ggr_minor), sum(f.base_ngr_minor),
        sum(f.base_commission_minor), count(*) filter (where f.rate is null), count(*)) as sums
    from affiliate.stats_daily f where f.org_id = $1 and f.day between $2::date and $3::date group by 1, 2, 3
  ) t on true
  where o.id = $1`;

/**
 * The totals of all days there are, from roll-ups and from the facts: each asked twice, and the second one counts, so that neither begins with
 * the processor's caches full of what the other has read. @returns milliseconds of both
 */
async function fromBoth({ api, client, agencies }: Stage, { days }: Load, count: number): Promise<[number, number]> {
  const period = { from: dayAt(0), to: dayAt(days - 1) };
  const rolled = await statementsOf(api, agencies, questions.totals, period);
  const summed = ({ orgId }: Agency): Statement => ({ query: raw, params: [orgId, period.from, period.to] });
  const second =
    (statement: (agency: Agency) => Statement): Way =>
    async (agency) => {
      await runAs(client, roles.bound, agency, statement(agency));
      return runAs(client, roles.bound, agency, statement(agency));
    };
  return compare(agencies, count, [second(rolled), second(summed)]);
}

async function* measure(stage: Stage, size: Load, { quick, wants, log }: BenchOptions): AsyncGenerator<CaseResult> {
  for (const [name, ask] of Object.entries(questions).filter(([name]) => wants(`${name} p99`))) {
    const { value, baseline, medianMs } = await slowest(stage, size, ask, quick ? 50 : 1000);
    log(`${name}: median ${medianMs.toFixed(3)} ms`);
    yield { case: `${name} p99`, value, unit: 'ms', baseline, bar: { atMost: 100 } };
  }
  const asked = { from: dayAt(size.days / 2), to: dayAt(size.days - 1), compare: 'previous' } as const;
  for (const name of ['totals', 'by-campaign', 'by-campaign of an account'] as const) {
    const [bound, unbound] = await policyCost(stage, questions[name], asked, quick ? 50 : 1000);
    log(`${name}: bound ${bound.toFixed(3)} ms, without policies ${unbound.toFixed(3)} ms`);
    yield { case: `${name}, policies`, value: bound / unbound, unit: 'x', baseline: null, bar: { atMost: 1.1 } };
  }
  const [rolledMs, rawMs] = await fromBoth(stage, size, quick ? 50 : 500);
  log(`totals: roll-ups ${rolledMs.toFixed(3)} ms, facts ${rawMs.toFixed(3)} ms`);
  const bar = quick ? null : { atLeastRatio: 20 };
  yield { case: 'totals, roll-up against facts', value: 1000 / rolledMs, unit: '/s', baseline: 1000 / rawMs, bar };
}

async function* runBench(options: BenchOptions): AsyncGenerator<CaseResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const shutdown = createShutdown(options.log);
  try {
    const size = options.quick ? small : whole;
    yield* measure(await openStage(folder, shutdown, size, options.log), size, options);
  } finally {
    await shutdown.run();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const dashboard: Bench = {
  summary:
    'dashboards over 5 million facts of 200 organizations: the slowest percent of each endpoint, what row-level security adds to their statements, and roll-ups against the facts they are of',
  run: runBench,
};
