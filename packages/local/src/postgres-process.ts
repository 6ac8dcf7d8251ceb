import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { identifyProcess } from './process-identity.ts';

const run = promisify(execFile);
const readyLine = 'database system is ready to accept connections';

/** How to start a PostgreSQL program: PostgreSQL refuses to run as root, so root steps down to an unprivileged user. */
export interface RunAs {
  uid?: number;
  gid?: number;
  /** Programs put before the command, with their arguments. */
  prefix: readonly string[];
}

async function idOf(flag: '-u' | '-g', user: string): Promise<number | undefined> {
  try {
    return Number((await run('id', [flag, user])).stdout);
  } catch {
    return undefined;
  }
}

function everyoneMayEnter(path: string): boolean {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}

/**
 * Who runs PostgreSQL: the caller, or for root the user `postgres` if it exists, else `nobody`; no user is ever created.
 * A project inside a folder closed to others (`/root`) stays reachable through one inherited capability (`setpriv`, Linux).
 */
export async function chooseRunAs(paths: readonly string[]): Promise<RunAs> {
  if (userInfo().uid !== 0) return { prefix: [] };
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = [await idOf('-u', user), await idOf('-g', user)];
    if (uid === undefined || gid === undefined) continue;
    if (paths.every(everyoneMayEnter)) return { uid, gid, prefix: [] };
    const capabilities = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
    return { prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...capabilities] };
  }
  throw new Error('PostgreSQL cannot run as root, and this machine has neither a user `postgres` nor `nobody`.');
}

/** Gives a file or folder to the user PostgreSQL runs as. */
export function giveTo(runAs: RunAs, path: string): void {
  const reuid = runAs.prefix.find((part) => part.startsWith('--reuid='))?.slice('--reuid='.length);
  const uid = runAs.uid ?? (reuid === undefined ? undefined : Number(reuid));
  if (uid !== undefined) chownSync(path, uid, -1);
}

function start(runAs: RunAs, program: string, parameters: readonly string[]): ChildProcess {
  const [command = program, ...rest] = [...runAs.prefix, program, ...parameters];
  const options: SpawnOptions = {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal reaches us alone, and we stop PostgreSQL last.
    detached: true,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    ...(runAs.uid === undefined ? {} : { uid: runAs.uid }),
    ...(runAs.gid === undefined ? {} : { gid: runAs.gid }),
  };
  return spawn(command, rest, options);
}

/** Runs `initdb` or `pg_ctl` to its end; rejects with what the program said. */
export function runToEnd(runAs: RunAs, program: string, parameters: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = start(runAs, program, parameters);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${said}`)),
    );
  });
}

/** Starts the server and waits until it accepts connections. */
export function startServer(
  runAs: RunAs,
  program: string,
  parameters: readonly string[],
  log: (line: string) => void,
): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = start(runAs, program, parameters);
    let said = '';
    let ready = false;
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8');
      log(text.trimEnd());
      if (ready) return;
      said += text;
      ready = said.includes(readyLine);
      if (ready) resolve(child);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`PostgreSQL did not start: ${said.trim()}`)));
  });
}

/**
 * Makes a data directory startable after a crash: stops a server whose parent died, and removes a `postmaster.pid`
 * whose process is gone or is, after a reboot, some other program (PostgreSQL itself then refuses to start).
 */
export async function clearStalePid(runAs: RunAs, pgCtl: string, dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  if (Number.isInteger(pid) && (await identifyProcess(pid))?.command.includes('postgres')) {
    await runToEnd(runAs, pgCtl, ['stop', '-D', dataDir, '-m', 'fast', '-w']);
  }
  rmSync(pidFile, { force: true });
}
