import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemStatement } from '@tributary/db/transaction';
import { createShutdown } from '@tributary/local/shutdown';
import type { SyncMessage } from '@tributary/queue/message';
import { createSender, type Sender } from '@tributary/queue/sender';
import type { DueConnection } from '@tributary/sync/run/claim-due';
import { fanOut } from '@tributary/sync/run/fan-out';
import type { Bench, BenchOptions } from './bench.ts';
import { openStage, type Stage } from './fanout/stage.ts';
import { median } from './result.ts';

const intervalMs = 15 * 60_000;
const now = new Date('2026-11-21T12:00:00Z');

const toMessage = ({ slot, ...connection }: DueConnection): SyncMessage => ({
  ...{ kind: 'sync', v: 1, trigger: 'schedule' },
  ...connection,
  slot: slot.toISOString(),
});

type Way = (stage: Stage, sender: Sender<SyncMessage>) => Promise<unknown>;

/** As the cron does. */
const inClaims: Way = ({ system }, sender) =>
  fanOut({
    system,
    clock: () => now,
    intervals: { square: intervalMs },
    mayGoOn: () => true,
    send: (due) => sender.sendAll(due.map(toMessage)),
  });

/** The least there is to it: one is claimed and scheduled by a statement, and sent. */
const oneByOne: Way = async ({ system }, sender) => {
  const claimOne = `update sync.connections c set next_run_at = $1::timestamptz + make_interval(secs => $2::float8 / 1000) from (
      select org_id, id, next_run_at from sync.connections where next_run_at <= $1 and status = 'active'
      order by next_run_at limit 1 for update skip locked) d
    where c.org_id = d.org_id and c.id = d.id returning c.org_id as "orgId", c.id as "connectionId", d.next_run_at as slot`;
  for (;;) {
    const [due] = await systemStatement<DueConnection>(system, claimOne, [now, intervalMs]);
    if (due === undefined) return;
    await sender.send(toMessage(due));
  }
};

/** @throws Error unless each was claimed and sent once */
async function measure(stage: Stage, count: number, way: Way): Promise<{ seconds: number; statements: number }> {
  await stage.makeDue(count, now);
  const sender = createSender<SyncMessage>({ queueUrl: stage.sqs.queueUrl('sync'), requestTimeoutMs: 30_000 });
  const before = stage.wire.tally().statements;
  const startedAt = performance.now();
  await way(stage, sender);
  const seconds = (performance.now() - startedAt) / 1000;
  const statements = stage.wire.tally().statements - before;
  const [claimed, { visible }] = [await stage.claimed(now), stage.sqs.depth('sync')];
  if (claimed !== count || visible !== count) throw new Error(`of ${count} ${claimed} claimed, ${visible} sent`);
  return { seconds, statements };
}

async function* run({ quick, log }: BenchOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const shutdown = createShutdown(log);
  try {
    const stage = await openStage(folder, shutdown);
    await measure(stage, 500, inClaims);
    const perConnection = new Map<number, number>();
    for (const [count, rounds] of quick ? quickly : thoroughly) {
      const found = [];
      for (let round = 0; round < rounds; round += 1) found.push(await measure(stage, count, inClaims));
      const seconds = median(found.map((one) => one.seconds));
      const statements = median(found.map((one) => one.statements));
      perConnection.set(count, seconds / count);
      log(`${count}: ${((seconds / count) * 1e6).toFixed(0)} µs per connection, ${statements} statements`);
      const compared = count === 10_000 || quick ? await measure(stage, count, oneByOne) : null;
      const name = `${count.toLocaleString('en')} due`;
      yield { case: name, value: seconds, unit: 's', baseline: compared?.seconds ?? null, bar: null };
      yield {
        ...{ case: `${name}, statements`, value: statements, unit: 'statements' },
        ...{ baseline: compared?.statements ?? null, bar: null },
      };
    }
    const costs = [...perConnection.values()];
    const growth = (costs.at(-1) ?? Number.NaN) / (costs[0] ?? Number.NaN);
    yield { case: 'cost per connection, many to few', value: growth, unit: 'x', baseline: null, bar: { atMost: 1.2 } };
  } finally {
    await shutdown.run();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many are due, and how often that is measured. */
const thoroughly = [
  [1_000, 9],
  [10_000, 3],
  [100_000, 3],
] as const;
const quickly = [
  [100, 1],
  [1_000, 1],
] as const;

export const fanout: Bench = {
  summary:
    'connections due in one minute claimed and sent to SQS: 1,000, 10,000 (against one by one) and 100,000, in seconds and statements, and what one costs among the most over what one costs among the fewest',
  run,
};
