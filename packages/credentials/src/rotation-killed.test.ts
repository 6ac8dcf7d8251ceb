import { createKms } from '@tributary/local/kms-operations';
import { describe, expect, it } from 'vitest';
import { place } from './envelope.fixture.ts';
import { createEnvelope } from './envelope.ts';
import { type CredentialPlace, contextOf } from './place.ts';
import {
  inProcess,
  openedBy,
  type Row,
  renewTokens,
  resealBlindly,
  resealInTwoWrites,
  resealRows,
  type Step,
  type Work,
} from './rotation.fixture.ts';
import { type Kill, runInterleaved } from './schedule.fixture.ts';
import { sealByHand } from './sealed-by-hand.fixture.ts';
import { type WrappingKey, type WrappingKeys, wrappingKey } from './wrapping-key.ts';

const rowCount = 3;
const seeds = Array.from({ length: 10 }, (_, index) => index + 1);

interface Rollout {
  /** What a process of the former deployment knows, and one of the new. */
  former: (keys: { oldKey: WrappingKey; newKey: WrappingKey }) => WrappingKeys;
  job: Work;
}
/** As docs/credentials.md says: the new key was made known before it was put first. */
const asDocumented: Rollout = { former: ({ oldKey, newKey }) => [oldKey, newKey], job: resealRows };

/** A table sealed by the former deployment, half of it in version 1. */
async function createTable() {
  const kms = createKms();
  const created = kms.call('CreateKey', {}) as { KeyMetadata: { Arn: string } };
  const [oldKey, newKey] = [wrappingKey(kms.keyArn), wrappingKey(created.KeyMetadata.Arn)];
  const rows: Row[] = [];
  for (let index = 0; index < rowCount; index += 1) {
    const where = { ...place, connectionId: place.connectionId.replace(/c1$/, `d${index}`) };
    const truth = `token ${index}`;
    const sealed =
      index % 2 === 0 ? await sealVersion1(kms, where, truth) : await openedBy(kms, [oldKey]).seal(where, truth);
    rows.push({ place: where, version: 1, sealed, truth });
  }
  return { kms, oldKey, newKey, rows };
}

async function sealVersion1(kms: ReturnType<typeof createKms>, where: CredentialPlace, plaintext: string) {
  const request = { keyArn: kms.keyArn, context: contextOf(where) };
  const { plaintext: dataKey, wrapped } = await inProcess(kms).generateDataKey(request);
  return sealByHand({ place: where, dataKey, wrapped, plaintext });
}

/** The rows that do not open as their last writer meant them, for a process that starts now. */
async function wrongRows(kms: ReturnType<typeof createKms>, keys: WrappingKeys, rows: readonly Row[]) {
  const { open } = openedBy(kms, keys);
  const opened = await Promise.all(rows.map((row) => open(row.place, row.sealed).catch(() => 'unreadable')));
  return rows.filter((row, index) => opened[index] !== row.truth).length;
}

/**
 * Two jobs and the renewals of two deployments at once, one of the four killed at one of its steps; then the former deployment
 * ends, the job runs again, and the old key is disabled.
 * @returns where the kill struck; how many rows were wrong right after it, by either deployment; at the end; how many processes failed.
 */
async function rotate({ former, job }: Rollout, seed: number, kill: Kill) {
  const { kms, oldKey, newKey, rows } = await createTable();
  const before = former({ oldKey, newKey });
  const after: WrappingKeys = [newKey, oldKey];
  let failed = 0;
  const started = (keys: WrappingKeys, work: Work) => async (step: Step) => {
    const envelope = createEnvelope({ kms: inProcess(kms, step), keys, clock: () => new Date(0) });
    await work({ rows, step, envelope }).catch(() => {
      failed += 1;
    });
  };
  const struckAt = await runInterleaved(
    seed,
    {
      job: started(after, job),
      secondJob: started(after, job),
      formerRenewal: started(before, renewTokens('former')),
      newRenewal: started(after, renewTokens('new')),
    },
    kill,
  );
  const wrongNow = (await wrongRows(kms, before, rows)) + (await wrongRows(kms, after, rows));
  const again = { rows, envelope: openedBy(kms, after), step: async () => undefined };
  await resealRows(again).catch(() => {
    failed += 1;
  });
  kms.call('DisableKey', { KeyId: oldKey.arn });
  return { struckAt, failed, wrongNow, wrongAtEnd: await wrongRows(kms, [newKey], rows) };
}

const processes = ['job', 'secondJob', 'formerRenewal', 'newRenewal'] as const;

/** Every process, killed at every one of its steps, in one order of events. */
async function killEverywhere(rollout: Rollout, seed: number) {
  const outcomes = [];
  for (const name of processes) {
    for (let step = 1; ; step += 1) {
      const outcome = await rotate(rollout, seed, { name, step });
      if (outcome.struckAt === undefined) break;
      outcomes.push(outcome);
    }
  }
  return outcomes;
}

const isWrong = ({ failed, wrongNow, wrongAtEnd }: Awaited<ReturnType<typeof rotate>>) =>
  failed + wrongNow + wrongAtEnd > 0;

const everyStep = ['reading', 'Decrypt', 'GenerateDataKey', 'writing'].flatMap((step) => [
  `before ${step}`,
  `after ${step}`,
]);

describe('rotation, killed at any step while former and new processes renew tokens', { timeout: 60_000 }, () => {
  it.each(seeds)('leaves no row unreadable, loses no renewal, and ends when run again (order %i)', async (seed) => {
    const outcomes = await killEverywhere(asDocumented, seed);
    expect(outcomes.filter(isWrong)).toEqual([]);
    expect(new Set(outcomes.map(({ struckAt }) => struckAt))).toEqual(new Set(everyStep));
    expect(outcomes.length).toBeGreaterThan(60);
  });
});

describe('the model finds the mistakes one can make', { timeout: 60_000 }, () => {
  it.each<[string, Partial<Rollout>]>([
    ['a job that writes without comparing', { job: resealBlindly }],
    ['a job that erases before it writes', { job: resealInTwoWrites }],
    ['a key put first before every process knows it', { former: ({ oldKey }) => [oldKey] }],
  ])('%s', async (_name, mistake) => {
    const outcomes = await killEverywhere({ ...asDocumented, ...mistake }, 1);
    expect(outcomes.some(isWrong)).toBe(true);
  });
});
