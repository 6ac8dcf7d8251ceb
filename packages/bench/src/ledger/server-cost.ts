import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** What the server has spent since it started. */
export interface ServerCost {
  cpuMicros: number;
  walBytes: number;
}

export async function readServerCost(postmasterPid: number, superuser: pg.Client): Promise<ServerCost> {
  const { rows } = await superuser.query<{ bytes: string }>(
    `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes`,
  );
  return { cpuMicros: cpuMicrosOf(postmasterPid), walBytes: Number(rows[0]?.bytes) };
}

/** Heap, indexes and TOAST of every table of a schema. */
export async function bytesOfSchema(superuser: pg.Client, schema: 'ledger' | 'baseline'): Promise<number> {
  const { rows } = await superuser.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(oid)) as bytes from pg_class where relnamespace = $1::regnamespace and relkind = 'r'`,
    [schema],
  );
  return Number(rows[0]?.bytes);
}

/** Checkpoints completed: one within a run makes PostgreSQL log whole pages again. */
export async function checkpointsOf(superuser: pg.Client): Promise<number> {
  const { rows } = await superuser.query<{ done: string }>('select num_done as done from pg_stat_checkpointer');
  return Number(rows[0]?.done);
}

/** Rows that reading tables of the schema from end to end has gone through, as far as ended connections have reported it. */
export async function rowsReadEndToEnd(superuser: pg.Client, schema: 'ledger' | 'baseline'): Promise<number> {
  const { rows } = await superuser.query<{ read: string }>(
    'select sum(seq_tup_read) as read from pg_stat_user_tables where schemaname = $1',
    [schema],
  );
  return Number(rows[0]?.read);
}

// The clock tick of /proc is 10 ms on every Linux that Node runs on (USER_HZ).
const microsPerTick = 10_000;

interface ProcessTimes {
  parentPid: number;
  /** User and system time of the process, in ticks. */
  own: number;
  /** The same of its children that have ended. */
  ended: number;
}

/**
 * Reads `/proc/<pid>/stat`. The second field is the command in parentheses, which may itself contain spaces and parentheses.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function readProcessTimes(stat: string): ProcessTimes {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // The first of these is field 3, the state.
  const field = (number: number) => fields[number - 3] ?? Number.NaN;
  return { parentPid: field(4), own: field(14) + field(15), ended: field(16) + field(17) };
}

/** The postmaster, its processes, and those of them that have ended. @throws where there is no `/proc`. */
function cpuMicrosOf(postmasterPid: number): number {
  const postmaster = timesOf(postmasterPid);
  if (postmaster === undefined) throw new Error('the CPU of PostgreSQL is read from /proc, which is not here');
  let ticks = postmaster.own + postmaster.ended;
  for (const name of readdirSync('/proc')) {
    const times = /^\d+$/.test(name) ? timesOf(Number(name)) : undefined;
    if (times?.parentPid === postmasterPid) ticks += times.own;
  }
  return ticks * microsPerTick;
}

function timesOf(pid: number): ProcessTimes | undefined {
  try {
    return readProcessTimes(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    // Ended between being listed and being read.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
