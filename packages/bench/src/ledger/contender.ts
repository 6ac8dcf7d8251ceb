import type pg from 'pg';
import type { Child } from '../child.ts';
import type { Crew, LoadQuestion, LoadReport, StopAfter } from './load.ts';
import { readServerCost } from './server-cost.ts';

/** One run, per transfer where it is a cost. */
export interface Measured {
  transfersPerSecond: number;
  serverCpuMicros: number;
  walBytes: number;
  /** Share of one core that the load generator, a single thread, was busy: near 1 it set the pace. */
  loadBusy: number;
}

export interface Contender extends Crew {
  /** What the server said it posted, in all runs. */
  posted: number;
  measure(stopAfter: StopAfter): Promise<Measured>;
  leave(): Promise<void>;
}

/** Where the runs happen and what watches them. */
export interface Track {
  load: Child;
  postmasterPid: number;
  superuser: pg.Client;
}

/** Opens the connections of a contender. */
export async function enter({ load, postmasterPid, superuser }: Track, crew: Crew): Promise<Contender> {
  const ask = <Answer>(question: LoadQuestion) => load.ask<Answer>(question);
  await ask({ what: 'open', ...crew });
  const contender: Contender = {
    ...crew,
    posted: 0,
    async measure(stopAfter) {
      const before = await readServerCost(postmasterPid, superuser);
      const report = await ask<LoadReport>({ what: 'run', name: crew.name, stopAfter });
      const after = await readServerCost(postmasterPid, superuser);
      const { transfers, elapsedMs, cpuMicros } = report;
      contender.posted += transfers;
      return {
        transfersPerSecond: (transfers * 1000) / elapsedMs,
        serverCpuMicros: (after.cpuMicros - before.cpuMicros) / transfers,
        walBytes: (after.walBytes - before.walBytes) / transfers,
        loadBusy: cpuMicros / 1000 / elapsedMs,
      };
    },
    leave: () => ask({ what: 'close', name: crew.name }),
  };
  return contender;
}

/** Enough for the planner to prefer an index to reading a table from end to end. */
const earlyTransfers = 2000;

/**
 * Posts so many transfers. The tables are analyzed early, as autovacuum would have them within a minute: a plan made for empty tables
 * reads them from end to end, for as long as the connection lives. @returns how many were posted.
 */
export async function fill(track: Track, crew: Crew, transfers: number): Promise<number> {
  const contender = await enter(track, crew);
  await contender.measure({ transfers: Math.min(transfers, earlyTransfers) });
  await track.superuser.query('analyze');
  await contender.measure({ transfers: transfers - contender.posted });
  await contender.leave();
  return contender.posted;
}
