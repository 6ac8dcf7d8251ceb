import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { findFreePort, isPortFree } from './free-port.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { chooseRunAs, clearStalePid, giveTo, type RunAs, runToEnd, startServer } from './postgres-process.ts';

export interface PostgresOptions {
  /** Folder of the cluster; created when missing, kept afterwards. */
  dataDir: string;
  /** Fixed port; without it a free one is chosen, and kept for later starts of the same object. */
  port?: number;
  /** `false` trades durability against a power failure for speed: tests and demos. Default `true`. */
  fsync?: boolean;
  /** More server settings, e.g. `{ max_connections: '200' }`. */
  flags?: Readonly<Record<string, string>>;
  /** Receives what the server writes to its log. */
  log?: (line: string) => void;
}

export interface PostgresServer {
  readonly port: number;
  /** Superuser `postgres`, database `postgres`. */
  readonly superuserUrl: string;
  readonly running: boolean;
  /** A URL of this server for a database, and another login than the superuser if given. */
  url(database: string, login?: { user: string; password: string }): string;
  /** Fast shutdown: open transactions are rolled back, what is committed stays. */
  stop(): Promise<void>;
  /** SIGQUIT, as when the machine loses power: the next start recovers from the log. */
  crash(): Promise<void>;
  /** Starts a stopped server again, on the same port and data. */
  start(): Promise<void>;
}

const passwordFile = 'superuser.password';

async function createCluster(runAs: RunAs, binaries: PostgresBinaries, dataDir: string): Promise<void> {
  // Renamed into place only when complete: an interrupted start leaves nothing that looks like a cluster.
  const unfinished = `${dataDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  const password = join(dirname(unfinished), `${passwordFile}.${process.pid}`);
  writeFileSync(password, randomBytes(24).toString('hex'), { mode: 0o600 });
  giveTo(runAs, unfinished);
  giveTo(runAs, password);
  // C.UTF-8 of the builtin provider: the same order on every machine, with no locale installed.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
  try {
    await runToEnd(runAs, binaries.initdb, [
      `--pgdata=${unfinished}`,
      '--username=postgres',
      `--pwfile=${password}`,
      // What the Neon driver speaks to Neon: the password in clear, here over loopback only.
      '--auth=password',
      '--no-sync',
      ...locale,
    ]);
    renameSync(password, join(unfinished, passwordFile));
    rmSync(dataDir, { recursive: true, force: true });
    renameSync(unfinished, dataDir);
  } finally {
    rmSync(password, { force: true });
  }
}

function serverParameters(options: PostgresOptions, dataDir: string, port: number): string[] {
  // Commits still reach the kernel (synchronous_commit stays on), so a crash of the server alone loses nothing.
  const durability = options.fsync === false ? { fsync: 'off', full_page_writes: 'off' } : {};
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...durability,
    ...options.flags,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataDir, '-p', String(port), ...flags];
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => child.once('exit', () => done()));
}

async function startOnSomePort(options: PostgresOptions, start: (port: number) => Promise<ChildProcess>) {
  if (options.port !== undefined) {
    if (!(await isPortFree(options.port))) throw new Error(`Port ${options.port} is taken; PostgreSQL cannot use it.`);
    return { port: options.port, child: await start(options.port) };
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      return { port, child: await start(port) };
    } catch (error) {
      // Someone may take the port between our look and the server's bind.
      if (attempt === 5 || !(error instanceof Error && error.message.includes('in use'))) throw error;
    }
  }
}

/**
 * Starts a real PostgreSQL 18 from npm binaries on 127.0.0.1, as any user including root.
 * The cluster in `dataDir` is created on first use and survives stops, crashes and restarts.
 * The server ends with this process.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  const binaries = await findPostgresBinaries();
  mkdirSync(dirname(dataDir), { recursive: true });
  const runAs = await chooseRunAs([dirname(dataDir), dirname(binaries.postgres)]);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await createCluster(runAs, binaries, dataDir);
  else await clearStalePid(runAs, binaries.pg_ctl, dataDir);
  const password = readFileSync(join(dataDir, passwordFile), 'utf8').trim();
  const log = options.log ?? (() => undefined);
  const startOn = (port: number) =>
    startServer(runAs, binaries.postgres, serverParameters(options, dataDir, port), log);

  const first = await startOnSomePort(options, startOn);
  const { port } = first;
  let child: ChildProcess | undefined = first.child;
  const endWithUs = () => child?.kill('SIGINT');
  process.once('exit', endWithUs);

  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const stopping = child;
    child = undefined;
    stopping?.kill(signal);
    if (stopping !== undefined) await ended(stopping);
    process.removeListener('exit', endWithUs);
  };
  const url = (database: string, login = { user: 'postgres', password }) =>
    `postgres://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

  return {
    port,
    superuserUrl: url('postgres'),
    get running() {
      return child !== undefined && child.exitCode === null && child.signalCode === null;
    },
    url,
    stop: () => end('SIGINT'),
    crash: () => end('SIGQUIT'),
    start: async () => {
      if (child !== undefined) return;
      await clearStalePid(runAs, binaries.pg_ctl, dataDir);
      child = await startOn(port);
      process.once('exit', endWithUs);
    },
  };
}
