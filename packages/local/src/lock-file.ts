import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identifyProcess } from './process-identity.ts';

interface Holder {
  pid: number;
  startedAt: string;
}

/** The data folder is in use by a process that is alive. */
export class LockedError extends Error {
  readonly pid: number;
  constructor(path: string, pid: number) {
    super(`Process ${pid} is already running on ${dirname(path)}. Stop it first, or choose another data folder.`);
    this.name = 'LockedError';
    this.pid = pid;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    // Unreadable or half-written by a process that died: nobody holds it.
    return undefined;
  }
}

function tryCreate(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a lock file for this process; a lock whose holder is gone, or whose process id now belongs to another program, is taken over.
 * @returns a function that gives the lock back.
 * @throws LockedError when another live process holds it.
 */
export async function takeLock(path: string): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  const self: Holder = { pid: process.pid, startedAt: (await identifyProcess(process.pid))?.startedAt ?? '' };
  if (!tryCreate(path, self)) {
    const holder = readHolder(path);
    const running = holder === undefined ? undefined : await identifyProcess(holder.pid);
    if (holder !== undefined && running?.startedAt === holder.startedAt) throw new LockedError(path, holder.pid);
    rmSync(path, { force: true });
    if (!tryCreate(path, self)) throw new LockedError(path, readHolder(path)?.pid ?? 0);
  }
  return () => rmSync(path, { force: true });
}
