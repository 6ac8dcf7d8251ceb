import { systemClock } from '@tributary/core/clock';
import { readLedgerLines } from '@tributary/loyalty/rebuild/read-ledger-lines';
import { readScope, type Scope } from '@tributary/loyalty/rebuild/read-scope';
import { readSettings } from '@tributary/loyalty/rebuild/read-settings';
import type { RebuildDependencies } from '@tributary/sync/rebuild/rebuild';
import { database } from './database.ts';
import { ofEach, providers } from './providers.ts';
import { createApplyFacts } from './registry.ts';

/** All but the databases and the clock. */
export const rebuilding: Pick<RebuildDependencies<Scope>, 'readers' | 'applyFacts' | 'derived'> = {
  readers: { adapters: providers, sources: ofEach(({ source }) => source), days: ofEach(({ days }) => days) },
  applyFacts: (tx, told, at) => createApplyFacts(() => at)(tx, told),
  derived: {
    readSettings,
    readScope,
    readLines: readLedgerLines,
    countLeftOut: ({ customers, sales }) => ({ customers: customers.length, sales: sales.length }),
  },
};

export function rebuildComposition(): RebuildDependencies<Scope> {
  return {
    api: database('api'),
    worker: database('worker'),
    system: database('system'),
    clock: systemClock,
    ...rebuilding,
  };
}
