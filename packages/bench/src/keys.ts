import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret, secretAlphabet, secretLength, writeApiKey } from '@tributary/core/api-key';
import type { Database } from '@tributary/db/connection';
import { keyReader } from '@tributary/http/api-key';
import { findApiKey } from '@tributary/identity/api-key/find-api-key';
import { createShutdown } from '@tributary/local/shutdown';
import type { Bench, BenchOptions } from './bench.ts';
import { advantage } from './keys/advantage.ts';
import { openStage } from './keys/stage.ts';
import { type CaseResult, median } from './result.ts';

const secret = 's'.repeat(secretLength);
const drawSecret = () =>
  Array.from({ length: secretLength }, () => secretAlphabet.charAt(randomInt(secretAlphabet.length))).join('');
const valid = { environment: 'live' as const };

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Milliseconds of refusals, by what was wrong, asked for in no order that an observer could lean on. */
async function timeRefusals(api: Database, keyIds: readonly string[], count: number) {
  const read = keyReader({ ...valid, find: (key) => findApiKey(api, key) });
  const draw: Record<'unknownId' | 'wrongSecret', () => string> = {
    unknownId: () => writeApiKey('live', { id: randomUUID(), secret: drawSecret() }),
    wrongSecret: () => writeApiKey('live', { id: keyIds[randomInt(keyIds.length)] as string, secret: drawSecret() }),
  };
  const times: Record<keyof typeof draw, number[]> = { unknownId: [], wrongSecret: [] };
  const refuse = async (what: keyof typeof draw) => {
    const text = draw[what]();
    return timed(async () => {
      if ((await read(text)) !== null) throw new Error(`a key with ${what} was let in`);
    });
  };
  for (let warm = 0; warm < 200; warm += 1) await refuse(warm % 2 === 0 ? 'unknownId' : 'wrongSecret');
  for (let asked = 0; asked < count; asked += 1) {
    const order = (['unknownId', 'wrongSecret'] as const).toSorted(() => randomInt(2) - 0.5);
    for (const what of order) times[what].push(await refuse(what));
  }
  return times;
}

/** What it costs to ask with a key: one that was asked about a moment ago, and one that was not. */
async function* timeUse(api: Database, keyId: string, count: number): AsyncGenerator<CaseResult> {
  const text = writeApiKey('live', { id: keyId, secret });
  const roundTrips: number[] = [];
  const lookUps: number[] = [];
  for (let asked = 0; asked < count; asked += 1) {
    roundTrips.push(await timed(() => api.pool.query({ name: 'nothing', text: 'select 1' })));
    const key = { id: keyId, secretHash: hashSecret(secret), at: new Date() };
    lookUps.push(await timed(() => findApiKey(api, key)));
  }
  yield { case: 'look-up', value: median(lookUps), unit: 'ms', baseline: median(roundTrips), bar: null };
  const read = keyReader({ ...valid, find: (key) => findApiKey(api, key) });
  if ((await read(text)) === null) throw new Error('a valid key was refused');
  const rounds = 10_000;
  const elapsedMs = await timed(async () => {
    for (let round = 0; round < rounds; round += 1) await read(text);
  });
  yield { case: 'known key', value: (elapsedMs * 1_000) / rounds, unit: 'us', baseline: null, bar: null };
}

async function* run({ quick, log }: BenchOptions): AsyncGenerator<CaseResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const shutdown = createShutdown(log);
  try {
    const { api, keyIds } = await openStage(folder, shutdown, hashSecret(secret));
    const { unknownId, wrongSecret } = await timeRefusals(api, keyIds, quick ? 500 : 10_000);
    log(`unknown id ${median(unknownId).toFixed(4)} ms, wrong secret ${median(wrongSecret).toFixed(4)} ms (medians)`);
    const told = advantage(unknownId, wrongSecret);
    yield { case: 'unknown id or wrong secret', value: told, unit: 'AUC', baseline: null, bar: { atMost: 0.55 } };
    yield* timeUse(api, keyIds[0] as string, quick ? 200 : 2_000);
  } finally {
    await shutdown.run();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const keys: Bench = {
  summary:
    'whether the time of a refusal tells an unknown API key from a wrong secret (area under the ROC curve of 10,000 each; 0.5 tells nothing), and what a key costs a request',
  run,
};
