import type { BenchOptions } from '../bench.ts';
import type { Child } from '../child.ts';
import type { CaseResult } from '../result.ts';
import { openBaselineAccounts, openOurAccounts } from './accounts.ts';
import { type Contender, enter, fill, type Track } from './contender.ts';
import { inTurns, middlePair, type Pair } from './rounds.ts';
import { bytesOfSchema } from './server-cost.ts';
import { assertBaselineSound, assertOursSound } from './soundness.ts';
import type { Stage } from './stage.ts';

const accounts = 1000;
const fewEntries = 10_000;
/** Per measurement; short, so that few entries stay few. */
const measuredTransfers = 5000;

/** Books of their own that hold so many entries of one organization, and who goes on posting to it. */
interface Grown {
  track: Track;
  url: string;
  contender: Contender;
  /** Before the contender came. */
  filled: number;
  diskBytesPerTransfer: number;
}

async function grow(stage: Stage, load: Child, name: string, entries: number): Promise<Grown> {
  const { superuser, workerUrl: url } = await stage.openBooks(name);
  const track = { load, superuser, postmasterPid: stage.postmasterPid };
  const crew = { url, callee: 'ours' as const, clients: 1, ...(await openOurAccounts(superuser, accounts)) };
  const empty = await bytesOfSchema(superuser, 'ledger');
  const filled = await fill(track, { ...crew, name: `${name}, filling`, batch: 1000 }, entries / 2);
  const diskBytesPerTransfer = ((await bytesOfSchema(superuser, 'ledger')) - empty) / filled;
  await superuser.query('vacuum analyze');
  const contender = await enter(track, { ...crew, name, batch: 100 });
  return { track, url, contender, filled, diskBytesPerTransfer };
}

/** The contender leaves, and its books must be sound. */
async function finish({ track, contender, filled }: Grown): Promise<void> {
  await contender.leave();
  await assertOursSound(track.superuser, new Map([[contender.orgId, filled + contender.posted]]));
}

/** Single calls to as many accounts; fewer of them, since they take long. */
async function baselineDisk({ track, url }: Grown, transfers: number): Promise<number> {
  const { superuser } = track;
  const opened = await openBaselineAccounts(superuser, accounts);
  const crew = { name: 'baseline', url, callee: 'baseline' as const, clients: 4, batch: 1, ...opened };
  const empty = await bytesOfSchema(superuser, 'baseline');
  const posted = await fill(track, crew, transfers);
  const bytes = (await bytesOfSchema(superuser, 'baseline')) - empty;
  await assertBaselineSound(superuser, posted);
  return bytes / posted;
}

/** Server CPU per transfer among many entries and among few, in turns: few are filled anew each round, since measuring adds to them. */
async function measureGrowth(stage: Stage, many: Grown, { quick, log }: BenchOptions): Promise<Pair> {
  const pairs: Pair[] = [];
  for (let round = 0; round < (quick ? 1 : 7); round += 1) {
    const few = await grow(stage, many.track.load, `few_${round}`, fewEntries);
    const cpuMicros = new Map<Grown, number>();
    for (const grown of inTurns([many, few], round)) {
      await grown.contender.measure({ transfers: measuredTransfers / 10 });
      const { serverCpuMicros } = await grown.contender.measure({ transfers: measuredTransfers });
      cpuMicros.set(grown, serverCpuMicros);
    }
    await finish(few);
    const pair: Pair = [cpuMicros.get(many) ?? Number.NaN, cpuMicros.get(few) ?? Number.NaN];
    log(`  server CPU among many entries ${pair[0].toFixed(0)} us/transfer, among few ${pair[1].toFixed(0)}`);
    pairs.push(pair);
  }
  return middlePair(pairs);
}

/** What a transfer takes on disk, and whether posting costs more when the ledger has grown a hundredfold. */
export async function* weigh(stage: Stage, load: Child, options: BenchOptions): AsyncGenerator<CaseResult> {
  const [power, baselineTransfers] = options.quick ? [5, 2000] : [6, 20_000];
  const cpu = `server CPU at 10^${power} entries, batch 100`;
  const growth = `growth of server CPU, 10^4 to 10^${power} entries`;
  if (!['disk', cpu, growth].some(options.wants)) return;
  options.log(`filling a ledger to 10^${power} entries`);
  const many = await grow(stage, load, 'many', 10 ** power);
  const [value, baseline] = await measureGrowth(stage, many, options);
  await finish(many);
  yield { case: cpu, value, unit: 'us/transfer', baseline, bar: null };
  yield { case: growth, value: value / baseline, unit: 'x', baseline: null, bar: { atMost: 1.2 } };
  const disk = { value: many.diskBytesPerTransfer, baseline: await baselineDisk(many, baselineTransfers) };
  yield { case: 'disk', unit: 'B/transfer', ...disk, bar: { atMost: 600 } };
}
