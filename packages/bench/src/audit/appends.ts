import { verifyChain } from '@tributary/audit/chain/verify-chain';
import { openDatabase } from '@tributary/db/connection';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import type { Shutdown } from '@tributary/local/shutdown';
import type { BenchOptions } from '../bench.ts';
import { inTurns, middlePair, type Pair } from '../ledger/rounds.ts';
import type { Books } from '../ledger/stage.ts';
import type { CaseResult } from '../result.ts';
import { type Kept, openRecorder, plainSchema, type Recorder } from './recorder.ts';

const clients = 4;
const both: readonly Kept[] = ['chained', 'plain'];

/** How many organizations the clients record for. With one they all wait for the same head. */
const spreads = [
  { organizations: 4, bar: { atLeast: 1000 } },
  { organizations: 1, bar: null },
] as const;

/** Records per second, chained and plain in turns, and then what the verifier says of the chains. */
export async function* appendAndVerify(
  { superuser, workerUrl }: Books,
  shutdown: Shutdown,
  { quick, wants, log }: BenchOptions,
): AsyncIterable<CaseResult> {
  await superuser.query(plainSchema);
  const appended = new Map<string, number>();
  const { rounds, ms } = quick ? { rounds: 1, ms: 1_000 } : { rounds: 5, ms: 5_000 };
  for (const { organizations, bar } of spreads) {
    const name = `appends, ${organizations} organization${organizations > 1 ? 's' : ''}, ${clients} clients`;
    // What is verified is what the first of them appends.
    if (organizations === 1 && !wants(name)) continue;
    const { rows } = await superuser.query<{ id: string }>(
      `insert into identity.organizations (name) select 'bench' from generate_series(1, $1) returning id`,
      [organizations],
    );
    const orgIds = Array.from({ length: clients }, (_, client) => rows[client % organizations]?.id ?? '');
    const recorders = await Promise.all(orgIds.map((orgId) => openRecorder(workerUrl, orgId)));
    const count = (client: number) => {
      const orgId = orgIds[client] ?? '';
      appended.set(orgId, (appended.get(orgId) ?? 0) + 1);
    };
    const pairs: Pair[] = [];
    // The first warms up.
    for (let round = 0; round <= rounds; round += 1) {
      const rates = { chained: 0, plain: 0 };
      for (const kept of inTurns(both, round)) rates[kept] = await rateOf(recorders, kept, ms, count);
      if (round > 0) pairs.push([rates.chained, rates.plain]);
    }
    await Promise.all(recorders.map((recorder) => recorder.close()));
    const [value, baseline] = middlePair(pairs);
    yield { case: name, value, unit: 'records/s', baseline, bar };
  }
  yield* verify(superuser, workerUrl, appended, shutdown, log);
}

/** Each client records again as soon as the last record is committed. */
async function rateOf(
  recorders: readonly Recorder[],
  kept: Kept,
  ms: number,
  count: (client: number) => void,
): Promise<number> {
  const started = performance.now();
  let records = 0;
  const drive = async (recorder: Recorder, client: number) => {
    while (performance.now() - started < ms) {
      await recorder.record(kept);
      records += 1;
      if (kept === 'chained') count(client);
    }
  };
  await Promise.all(recorders.map(drive));
  return (records / (performance.now() - started)) * 1000;
}

/** @throws Error when a chain has not as many links as records were committed */
async function* verify(
  superuser: Books['superuser'],
  workerUrl: string,
  appended: ReadonlyMap<string, number>,
  shutdown: Shutdown,
  log: (line: string) => void,
): AsyncIterable<CaseResult> {
  const proxy = await startNeonProxy({ postgresPort: Number(new URL(workerUrl).port) });
  shutdown.add('proxy', () => proxy.stop());
  const database = openDatabase({ url: workerUrl, proxy: proxy.url });
  shutdown.add('database', () => database.close());
  await superuser.query('analyze');
  let [links, found] = [0, 0];
  const started = performance.now();
  for (const [orgId, records] of appended) {
    const verified = await verifyChain({ database, orgId });
    if (verified.links !== records) throw new Error(`${records} records, ${verified.links} links`);
    links += verified.links;
    found += verified.found;
  }
  const rate = (links / (performance.now() - started)) * 1000;
  log(`${links} links of ${appended.size} organizations verified`);
  yield { case: 'gaps and changes found', value: found, unit: 'findings', baseline: null, bar: { atMost: 0 } };
  yield { case: 'verified', value: rate, unit: 'links/s', baseline: null, bar: null };
}
