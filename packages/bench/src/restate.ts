import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown } from '@tributary/local/shutdown';
import type { Bench, BenchOptions } from './bench.ts';
import { createAccounts, openWriter, rowsOf, window } from './facts/accounts.ts';
import { rowsWritten, settledWal } from './facts/counts.ts';
import { setUpStage } from './ledger/stage.ts';
import { openWholeRuns, type WholeRuns } from './restate/whole-runs.ts';
import { type CaseResult, median } from './result.ts';

const currencies = { currency: 'USD', baseCurrency: 'GBP' };

export const restate: Bench = {
  summary:
    'a pull of 35 days of one connection that says what is stored already: rows and WAL it writes, statements, time, and a whole run of it',
  async *run(options) {
    const { quick, log } = options;
    const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
    const shutdown = createShutdown(log);
    try {
      const { superuser, workerUrl } = await (await setUpStage(folder, shutdown, log)).openBooks('restate');
      const writer = await openWriter(workerUrl);
      shutdown.add('the worker’s connection', () => writer.close());
      const [account] = await createAccounts(superuser, writer, 1, currencies);
      if (account === undefined) throw new Error('there is no account');
      const rows = rowsOf(quick ? 20 : 100, currencies.currency);
      await writer.apply(account, window, rows);
      const before = { rows: await rowsWritten(superuser), wal: await settledWal(superuser, writer.pid) };
      writer.takeStatements();
      const times: number[] = [];
      for (let pull = 0; pull < (quick ? 3 : 50); pull += 1) {
        const started = performance.now();
        await writer.apply(account, window, rows);
        times.push(performance.now() - started);
      }
      const statements = writer.takeStatements() / times.length;
      const written = (await rowsWritten(superuser)) - before.rows;
      const wal = (await settledWal(superuser, writer.pid)) - before.wal;
      log(`${rows.length} rows of ${times.length} pulls`);
      yield { case: 'rows written', value: written, unit: 'rows', baseline: null, bar: { atMost: 0 } };
      yield { case: 'WAL', value: wal, unit: 'bytes', baseline: null, bar: { atMost: 0 } };
      yield { case: 'statements', value: statements, unit: 'per pull', baseline: null, bar: null };
      yield { case: 'a pull', value: median(times), unit: 'ms', baseline: null, bar: null };
      yield* runWhole(await openWholeRuns(folder, shutdown, quick ? 20 : 100), options);
    } finally {
      await shutdown.run();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function* runWhole({ facts, run, mark }: WholeRuns, { quick, log }: BenchOptions): AsyncGenerator<CaseResult> {
  const written = await mark();
  const times: number[] = [];
  for (let pull = 0; pull < (quick ? 2 : 20); pull += 1) times.push(await run());
  log(`${facts} facts of ${times.length} whole runs`);
  yield { case: 'whole runs, rows written', value: await written(), unit: 'rows', baseline: null, bar: { atMost: 0 } };
  yield { case: 'a whole run', value: median(times), unit: 'ms', baseline: null, bar: null };
}
