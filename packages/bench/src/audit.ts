import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown } from '@tributary/local/shutdown';
import { appendAndVerify } from './audit/appends.ts';
import type { Bench } from './bench.ts';
import { setUpStage } from './ledger/stage.ts';

export const audit: Bench = {
  summary:
    'audit records chained at commit, 4 organizations by 4 clients (fsync on), against plain inserts of the same row',
  async *run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
    const shutdown = createShutdown(options.log);
    try {
      const stage = await setUpStage(folder, shutdown, options.log);
      yield* appendAndVerify(await stage.openBooks('audit'), shutdown, options);
    } finally {
      await shutdown.run();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
