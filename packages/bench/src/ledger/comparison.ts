import type pg from 'pg';
import type { BenchOptions } from '../bench.ts';
import type { Bar, CaseResult } from '../result.ts';
import { openBaselineAccounts, openOurAccounts } from './accounts.ts';
import { type Contender, enter, fill, type Measured, type Track } from './contender.ts';
import type { Crew } from './load.ts';
import { inTurns, middlePair } from './rounds.ts';
import { checkpointsOf, rowsReadEndToEnd } from './server-cost.ts';
import { assertBaselineSound, assertOursSound } from './soundness.ts';

const baselineName = 'baseline';
const accountCounts = [2, 1000];
const clientCounts = [1, 4, 8];

/** Who runs in a round, in order: the baseline between those whose ratio to it is judged. */
const lineUp = [
  { callee: 'ours', batch: 1 },
  { callee: 'baseline', batch: 1 },
  { callee: 'ours', batch: 100 },
  { callee: 'ours', batch: 10 },
  { callee: 'ours', batch: 1000 },
] as const;

/** Required of ours over the baseline's single call with as many clients; every other case is only reported. */
const leastRatios = [
  { batch: 1, accounts: 2, atLeastRatio: 1 },
  { batch: 100, accounts: 2, atLeastRatio: 10 },
];

function barOf({ batch, accountIds }: Crew): Bar | null {
  const required = leastRatios.find((least) => least.batch === batch && least.accounts === accountIds.length);
  return required === undefined ? null : { atLeastRatio: required.atLeastRatio };
}

const courseOf = ({ accountIds, clients }: Crew) =>
  `${accountIds.length} accounts, ${clients} ${clients === 1 ? 'client' : 'clients'}`;

function casesOf(crew: Crew) {
  const rate = `batch ${crew.batch} on ${courseOf(crew)}`;
  return { rate, cpu: `${rate}: server CPU`, wal: `${rate}: WAL` };
}

interface Posted {
  ours: Map<string, number>;
  baseline: number;
}

/** All accounts are there before the first call: a table of two rows is read by another plan than one of thousands. */
async function openHeats(superuser: pg.Client, url: string): Promise<Crew[][]> {
  const open = { ours: openOurAccounts, baseline: openBaselineAccounts };
  const heats: Crew[][] = [];
  for (const accounts of accountCounts) {
    for (const clients of clientCounts) {
      const crews: Crew[] = [];
      for (const { callee, batch } of lineUp) {
        const name = callee === 'baseline' ? baselineName : `batch ${batch}`;
        crews.push({ name, url, callee, batch, clients, ...(await open[callee](superuser, accounts)) });
      }
      heats.push(crews);
    }
  }
  return heats;
}

/** Nobody's plans are made for tables that are empty, and nobody's rounds pay for it while they fill. */
async function seed(track: Track, url: string): Promise<Posted> {
  const accounts = 1000;
  const ours = await openOurAccounts(track.superuser, accounts);
  const baseline = await openBaselineAccounts(track.superuser, accounts);
  const seeding = { name: 'seeding', url, clients: 1 };
  const ourCount = await fill(track, { ...seeding, callee: 'ours', batch: 1000, ...ours }, 10_000);
  const baselineCount = await fill(track, { ...seeding, callee: 'baseline', batch: 1, ...baseline }, 3000);
  return { ours: new Map([[ours.orgId, ourCount]]), baseline: baselineCount };
}

const show = (measured: Measured | undefined) =>
  measured && `${measured.transfersPerSecond.toFixed(0)}/s, load ${(measured.loadBusy * 100).toFixed(0)} % busy`;

type Round = ReadonlyMap<string, Measured>;

async function runRounds(contenders: readonly Contender[], superuser: pg.Client, { quick, log }: BenchOptions) {
  const [roundCount, durationMs, warmUpMs] = quick ? [1, 400, 150] : [5, 1000, 300];
  for (const contender of contenders) await contender.measure({ durationMs: warmUpMs });
  // What autovacuum does within a minute: from here on the planner knows the tables.
  await superuser.query('vacuum analyze');
  const rounds: Round[] = [];
  for (let index = 0; index < roundCount; index += 1) {
    const round = new Map<string, Measured>();
    for (const contender of inTurns(contenders, index)) {
      const measured = await contender.measure({ durationMs });
      round.set(contender.name, measured);
      if (measured.loadBusy > 0.8) log(`  ${contender.name}: the load generator was busy and may have set the pace`);
    }
    rounds.push(round);
    log(`  ${contenders.map(({ name }) => `${name}: ${show(round.get(name))}`).join('; ')}`);
  }
  return rounds;
}

/** A baseline whose plans were made for empty tables slows down with every transfer, and ours would look the better for it. */
function assertReadByIndex(rowsPerTransfer: number): void {
  if (rowsPerTransfer < 10) return;
  throw new Error(`the baseline reads tables from end to end: ${rowsPerTransfer.toFixed(0)} rows per transfer`);
}

/** Lets crews run against each other and notes what each has posted. */
async function runHeat(track: Track, crews: readonly Crew[], posted: Posted, options: BenchOptions): Promise<Round[]> {
  const contenders: Contender[] = [];
  for (const crew of crews) contenders.push(await enter(track, crew));
  const readBefore = await rowsReadEndToEnd(track.superuser, 'baseline');
  const rounds = await runRounds(contenders, track.superuser, options);
  for (const contender of contenders) await contender.leave();
  const read = (await rowsReadEndToEnd(track.superuser, 'baseline')) - readBefore;
  for (const { callee, orgId, posted: count } of contenders) {
    if (callee === 'ours') posted.ours.set(orgId, count);
    else {
      posted.baseline += count;
      assertReadByIndex(read / count);
    }
  }
  return rounds;
}

/** Rate and costs of one of ours against the baseline's, each from its own middle round. */
function resultsOf(crew: Crew, rounds: readonly Round[]): CaseResult[] {
  const measure = (name: keyof Measured) => {
    const of = (round: Round, contender: string) => round.get(contender)?.[name] ?? Number.NaN;
    const [value, baseline] = middlePair(rounds.map((round) => [of(round, crew.name), of(round, baselineName)]));
    return { value, baseline };
  };
  const { rate, cpu, wal } = casesOf(crew);
  return [
    { case: rate, unit: 'transfers/s', ...measure('transfersPerSecond'), bar: barOf(crew) },
    { case: cpu, unit: 'us/transfer', ...measure('serverCpuMicros'), bar: null },
    { case: wal, unit: 'B/transfer', ...measure('walBytes'), bar: null },
  ];
}

/** Our function at every batch against single calls of the baseline, in turns, with as many clients on as many accounts. */
export async function* compare(track: Track, url: string, options: BenchOptions): AsyncGenerator<CaseResult> {
  const { superuser } = track;
  const heats = await openHeats(superuser, url);
  const posted = await seed(track, url);
  const checkpoints = await checkpointsOf(superuser);
  for (const crews of heats) {
    const wanted = crews.filter((crew) => crew.callee === 'ours' && Object.values(casesOf(crew)).some(options.wants));
    if (wanted.length === 0) continue;
    options.log(wanted.map(courseOf)[0] ?? '');
    const racing = crews.filter((crew) => crew.callee === 'baseline' || wanted.includes(crew));
    const rounds = await runHeat(track, racing, posted, options);
    for (const crew of wanted.toSorted((a, b) => a.batch - b.batch)) yield* resultsOf(crew, rounds);
  }
  const fallen = (await checkpointsOf(superuser)) - checkpoints;
  if (fallen > 0) options.log(`${fallen} checkpoints fell into the runs: WAL and CPU count pages logged whole again`);
  await assertOursSound(superuser, posted.ours);
  await assertBaselineSound(superuser, posted.baseline);
}
