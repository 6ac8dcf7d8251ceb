import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown } from '@tributary/local/shutdown';
import type { Bench } from './bench.ts';
import { startChild } from './child.ts';
import { compare } from './ledger/comparison.ts';
import { weigh } from './ledger/growth.ts';
import { setUpStage } from './ledger/stage.ts';

export const ledger: Bench = {
  summary:
    'ledger.post in batches of 1 to 1000 by 1 to 8 clients on 2 and on 1000 accounts (fsync on) against a function that posts one transfer per call',
  async *run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
    const shutdown = createShutdown(options.log);
    try {
      const stage = await setUpStage(folder, shutdown, options.log);
      const load = startChild(new URL('./ledger/load.ts', import.meta.url), []);
      shutdown.add('load', () => load.stop());
      const { superuser, workerUrl } = await stage.openBooks('comparison');
      yield* compare({ load, superuser, postmasterPid: stage.postmasterPid }, workerUrl, options);
      yield* weigh(stage, load, options);
    } finally {
      await shutdown.run();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
