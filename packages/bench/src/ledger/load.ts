import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { answer } from '../child.ts';
import { type CalleeName, callees, type Transfer } from './calls.ts';

/** Who posts, and to what; its connections stay open between runs. */
export interface Crew {
  name: string;
  url: string;
  callee: CalleeName;
  orgId: string;
  accountIds: readonly string[];
  clients: number;
  /** Transfers per call. */
  batch: number;
}

/** `transfers`: rounded up to whole calls. */
export type StopAfter = { durationMs: number } | { transfers: number };

export type LoadQuestion =
  | ({ what: 'open' } & Crew)
  | { what: 'run'; name: string; stopAfter: StopAfter }
  | { what: 'close'; name: string };

/** Far more than any run takes; then posting has become too slow to wait for. */
const longestMs = 240_000;

export interface LoadReport {
  /** The server said of each that it was posted. */
  transfers: number;
  /** From the first call to the last answer. */
  elapsedMs: number;
  /** User and system time of this process. */
  cpuMicros: number;
}

const crews = new Map<string, Crew & { connections: pg.Client[] }>();

function crewOf(name: string) {
  const crew = crews.get(name);
  if (crew === undefined) throw new Error(`${name} is not open`);
  return crew;
}

async function connect({ url, orgId }: Crew): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`select set_config('app.org_id', $1, false)`, [orgId]);
  return client;
}

/** A UUIDv7, as text: the time in ms, then random. */
function timeOrderedUuid(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** Between two different accounts, each pair as likely as any other. */
function randomTransfer(accountIds: readonly string[]): Transfer {
  const below = (count: number) => Math.floor(Math.random() * count);
  const from = below(accountIds.length);
  const to = (from + 1 + below(accountIds.length - 1)) % accountIds.length;
  return { key: `sale:${timeOrderedUuid()}`, from: accountIds[from] ?? '', to: accountIds[to] ?? '' };
}

/** Each connection makes its next call when the last is answered; a call is a transaction. */
async function run(name: string, stopAfter: StopAfter): Promise<LoadReport> {
  const { callee, orgId, accountIds, batch, connections } = crewOf(name);
  const { call, posted } = callees[callee];
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  let asked = 0;
  let transfers = 0;
  const done = () =>
    'transfers' in stopAfter ? asked >= stopAfter.transfers : performance.now() - started >= stopAfter.durationMs;
  const drive = async (client: pg.Client) => {
    while (!done()) {
      if (performance.now() - started > longestMs)
        throw new Error(`${name}: ${transfers} transfers in ${longestMs} ms`);
      asked += batch;
      const wanted = Array.from({ length: batch }, () => randomTransfer(accountIds));
      const { rows } = await client.query(call(orgId, wanted));
      transfers += posted(rows);
    }
  };
  await Promise.all(connections.map(drive));
  const elapsedMs = performance.now() - started;
  if (transfers !== asked) throw new Error(`${name}: ${asked} transfers asked for, ${transfers} posted`);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { transfers, elapsedMs, cpuMicros: user + system };
}

answer<LoadQuestion>(async (question): Promise<LoadReport | null> => {
  if (question.what === 'run') return run(question.name, question.stopAfter);
  if (question.what === 'open') {
    const connections = await Promise.all(Array.from({ length: question.clients }, () => connect(question)));
    crews.set(question.name, { ...question, connections });
    return null;
  }
  await Promise.all(crewOf(question.name).connections.map((client) => client.end()));
  crews.delete(question.name);
  return null;
});
