import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown } from '@tributary/local/shutdown';
import type pg from 'pg';
import type { Bench, BenchOptions } from './bench.ts';
import { type Account, createAccounts, openWriter, rowsOf, type Writer, window } from './facts/accounts.ts';
import { copyRows, createBaseline, readStored, upsertBlindly } from './facts/baseline.ts';
import { settledWal } from './facts/counts.ts';
import { middlePair, type Pair } from './ledger/rounds.ts';
import { setUpStage } from './ledger/stage.ts';
import type { CaseResult } from './result.ts';

/** With amounts to convert, which is more work, and without. */
const conversions = [
  { name: 'converted', currencies: { currency: 'USD', baseCurrency: 'GBP' } },
  { name: 'in base currency', currencies: { currency: 'EUR', baseCurrency: 'EUR' } },
] as const;

async function perSecond(rows: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (rows / (performance.now() - started)) * 1000;
}

interface Rates {
  fresh: Pair;
  unchanged: Pair;
  walBytes: number;
}

/** One window of an account: new, the same rows by COPY, unchanged, the same rows upserted blindly. */
async function goRound(
  superuser: pg.Client,
  writer: Writer,
  account: Account,
  rows: ReturnType<typeof rowsOf>,
): Promise<Rates> {
  const apply = () => writer.apply(account, window, rows);
  const ours = await perSecond(rows.length, async () => {
    const { written } = await apply();
    if (written !== rows.length) throw new Error(`${written} of ${rows.length} rows were written`);
  });
  const stored = await readStored(superuser, account);
  const copied = await perSecond(rows.length, () => copyRows(superuser, stored));
  const before = await settledWal(superuser, writer.pid);
  const unchanged = await perSecond(rows.length, async () => {
    const { written, zeroed, changes } = await apply();
    if (written + zeroed + changes > 0) throw new Error('what is unchanged was written');
  });
  const walBytes = (await settledWal(superuser, writer.pid)) - before;
  const upserted = await perSecond(rows.length, () => upsertBlindly(superuser, stored));
  // As autovacuum would by then. Not in between: whoever reads statistics that were just written may tidy their pages, which is WAL.
  await superuser.query('vacuum analyze affiliate.stats_daily');
  await superuser.query('vacuum analyze baseline.stats_daily');
  return { fresh: [ours, copied], unchanged: [unchanged, upserted], walBytes };
}

async function* compare(superuser: pg.Client, writer: Writer, { quick, log }: BenchOptions): AsyncIterable<CaseResult> {
  const [rounds, perDay] = quick ? [1, 30] : [9, 300];
  for (const { name, currencies } of conversions) {
    const rows = rowsOf(perDay, currencies.currency);
    const accounts = await createAccounts(superuser, writer, rounds + 1, currencies);
    const measured: Rates[] = [];
    // The first warms up.
    for (const account of accounts) measured.push(await goRound(superuser, writer, account, rows));
    measured.shift();
    const [fresh, copied] = middlePair(measured.map((rates) => rates.fresh));
    const [unchanged, upserted] = middlePair(measured.map((rates) => rates.unchanged));
    const walBytes = Math.max(...measured.map((rates) => rates.walBytes));
    log(`${name}: ${rows.length} rows a window, ${rounds} windows`);
    yield { case: `new rows, ${name}`, value: fresh, unit: 'rows/s', baseline: copied, bar: { atLeastRatio: 0.6 } };
    yield {
      case: `unchanged rows, ${name}`,
      value: unchanged,
      unit: 'rows/s',
      baseline: upserted,
      bar: { atLeastRatio: 1.5 },
    };
    yield { case: `unchanged rows, ${name}, WAL`, value: walBytes, unit: 'bytes', baseline: null, bar: { atMost: 0 } };
  }
}

export const facts: Bench = {
  summary:
    'days of statistics through applyDailyStats (fsync on): new rows against COPY of the same into a table like it, unchanged ones against a blind upsert',
  async *run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
    const shutdown = createShutdown(options.log);
    try {
      const stage = await setUpStage(folder, shutdown, options.log);
      const { superuser, workerUrl } = await stage.openBooks('facts');
      const writer = await openWriter(workerUrl);
      shutdown.add('the worker’s connection', () => writer.close());
      await createBaseline(superuser);
      yield* compare(superuser, writer, options);
    } finally {
      await shutdown.run();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
