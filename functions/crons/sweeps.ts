import { claimSweeps, closeSweeps } from '@tributary/inbox/sweeps';
import type { SyncMessage } from '@tributary/queue/message';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';
import { toSync } from '../runtime/senders.ts';

/**
 * Where a provider's numbers show that events were lost, sends word to pull from every connection there. Stopped half way, it sends all
 * of it again.
 */
export async function handler(): Promise<{ sweeps: number; runs: number }> {
  const system = database('system');
  const sweeps = await claimSweeps(system, new Date());
  const runs = sweeps.flatMap(({ connections }) =>
    connections.map((connection): SyncMessage => ({ kind: 'sync', v: 1, trigger: 'sequence_gap', ...connection })),
  );
  await toSync.sendAll(runs);
  await closeSweeps(system, sweeps);
  for (const { provider, lost, restartedAt, connections } of sweeps)
    log('WARN', 'events_lost', { provider, lost, isRestart: restartedAt !== null, connections: connections.length });
  return { sweeps: sweeps.length, runs: runs.length };
}
