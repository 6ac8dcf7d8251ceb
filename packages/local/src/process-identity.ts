import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProcessIdentity {
  /** Program name, as the kernel keeps it. */
  command: string;
  /** When it started, in no particular unit: tells a process from a later one with the same id. */
  startedAt: string;
}

/** Who runs under a process id now; `undefined` when no one does. `/proc` first: slim images have no `ps`. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    if (process.platform === 'linux') {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const command = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      // After the name: state is field 3 of proc(5), the start time field 22.
      const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? undefined : { command, startedAt: rest[18] ?? '' };
    }
    const { stdout } = await run('ps', ['-p', String(pid), '-o', 'lstart=,comm=']);
    return { command: stdout.slice(24).trim(), startedAt: stdout.slice(0, 24).trim() };
  } catch {
    return undefined;
  }
}
