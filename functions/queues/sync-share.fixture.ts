import { randomUUID } from 'node:crypto';
import type { PullSource } from '@tributary/core/pull-source';
import type { SyncMessage } from '@tributary/queue/message';
import { fanOut } from '@tributary/sync/run/fan-out';
import { releaseWaiting } from '@tributary/sync/run/release-waiting';
import type { RunDependencies } from '@tributary/sync/run/run-connection';
import { workers } from '@tributary/sync/run/share';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import type { SQSEvent } from 'aws-lambda';
import { createSync, type SyncDependencies } from './sync.ts';

const minute = 60_000;
const epochMs = Date.parse('2026-11-21T12:00:00Z');
const intervals = { square: 15 * minute };

/** What a worker takes to find that it has nothing to do. */
const refusalMs = 10;

/** `fair`: of the organization with the fewest in work, the oldest first, as SQS hands over messages that have a group. */
export type Order = 'fair' | 'as sent';

export interface Tenant {
  name: string;
  connections: number;
  /** What a run of it takes. */
  runMs: number;
  /** When its connections are due at first. */
  dueMs(connection: number): number;
}

/** A message that was served: by whom it was sent, and how long it took from then to the end of its run, in milliseconds. */
export interface Served {
  name: string;
  tookMs: number;
}

interface Message {
  orgId: string;
  body: SyncMessage;
  sentMs: number;
}

interface Working {
  message: Message;
  endMs: number;
  /** Answers its question; null when it has none. */
  answer: (() => void) | null;
  done: Promise<unknown>;
}

/**
 * The queue `sync`, its schedule and its workers on a clock of their own, with the claims, the handler and the database as they are
 * deployed: only the provider is played, and asked once per run.
 */
export async function simulateShares(
  database: TestDatabase,
  tenants: readonly Tenant[],
  { order, minutes }: { order: Order; minutes: number },
): Promise<Served[]> {
  const tenantOf = await openTenants(database, tenants);
  const { system } = database;
  const queue: Message[] = [];
  const working: Working[] = [];
  const served: Served[] = [];
  let nowMs = 0;
  const clock = () => new Date(epochMs + nowMs);
  const put = (body: SyncMessage) => void queue.push({ orgId: body.orgId, body, sentMs: nowMs });
  const office = openWorker(database, clock, put);
  for (let tickMs = 0; tickMs < minutes * minute; tickMs += minute) {
    nowMs = tickMs;
    for (const run of await releaseWaiting(system, { now: clock() })) put({ v: 1, ...run });
    const send: Parameters<typeof fanOut>[0]['send'] = async (due) => {
      for (const { slot, ...connection } of due)
        put({ kind: 'sync', v: 1, trigger: 'schedule', ...connection, slot: slot.toISOString() });
    };
    await fanOut({ system, clock, intervals, send, mayGoOn: () => true });
    await workUntil(tickMs + minute);
  }
  // What is still under way counts for nothing, and stands in nobody's way.
  const inTime = [...served];
  for (const one of [...working]) await end(one);
  return inTime;

  async function workUntil(untilMs: number): Promise<void> {
    for (;;) {
      while (queue.length > 0 && working.length < workers) await begin(takeNext(queue, working, order));
      const [next] = working.sort((one, other) => one.endMs - other.endMs);
      if (next === undefined || next.endMs >= untilMs) return;
      nowMs = next.endMs;
      await end(next);
    }
  }

  async function begin(message: Message): Promise<void> {
    const { answer, done } = await office.receive(message.body);
    const tookMs = answer === null ? refusalMs : (tenantOf.get(message.orgId)?.runMs ?? 0);
    working.push({ message, answer, done, endMs: nowMs + tookMs });
  }

  async function end(one: Working): Promise<void> {
    working.splice(working.indexOf(one), 1);
    one.answer?.();
    await one.done;
    const { orgId, sentMs } = one.message;
    if (one.answer !== null) served.push({ name: tenantOf.get(orgId)?.name ?? '', tookMs: nowMs - sentMs });
  }
}

function takeNext(queue: Message[], working: readonly Working[], order: Order): Message {
  const inWork = ({ orgId }: Message) => working.filter(({ message }) => message.orgId === orgId).length;
  // What was sent before stands before.
  const fewest = order === 'fair' ? Math.min(...queue.map(inWork)) : 0;
  const place = order === 'fair' ? queue.findIndex((message) => inWork(message) === fewest) : 0;
  return queue.splice(place, 1)[0] as Message;
}

async function openTenants(database: TestDatabase, tenants: readonly Tenant[]): Promise<Map<string, Tenant>> {
  const { superuser } = database;
  await superuser.query('update sync.connections set next_run_at = null');
  await superuser.query('delete from sync.waiting_runs');
  const byId = new Map<string, Tenant>();
  for (const tenant of tenants) {
    const orgId = await createOrganization(database);
    byId.set(orgId, tenant);
    const due = Array.from({ length: tenant.connections }, (_, at) => new Date(epochMs + tenant.dueMs(at)));
    await superuser.query(
      `insert into sync.connections (org_id, provider, account_ref, next_run_at, priority)
       select $1, 'square', gen_random_uuid(), due, 0 from unnest($2::timestamptz[]) due`,
      [orgId, due],
    );
  }
  return byId;
}

/** The handler of the queue, and a provider that has one answer per run, given when it is told to. */
function openWorker(database: TestDatabase, clock: () => Date, put: (body: SyncMessage) => void) {
  let asked: (answer: () => void) => void = () => undefined;
  const source = {
    streams: async () => {
      await new Promise<void>((answer) => asked(answer));
      return [];
    },
  } as unknown as PullSource;
  const runs: Omit<RunDependencies, 'mayGoOn'> = {
    worker: database.worker,
    clock,
    sources: { square: source },
    callOf: () => ({ call: async () => undefined as never, take: () => ({ pulls: [], bytes: 0 }) }),
    applyFacts: async () => 0,
    days: { sources: {}, accountOf: async () => undefined as never, apply: async () => 0, backfillDays: {} },
    backfillMs: {},
    report: ({ error }) => {
      throw error;
    },
  };
  const handler = createSync(() => ({
    runs,
    credentials: { system: database.system } as SyncDependencies['credentials'],
    checks: {} as SyncDependencies['checks'],
    send: async (message) => put(message),
    report: () => undefined,
  }));
  return {
    receive: async (body: SyncMessage) => {
      const asking = new Promise<() => void>((resolve) => {
        asked = resolve;
      });
      const record = { messageId: randomUUID(), body: JSON.stringify(body), attributes: {} };
      const event = { Records: [record] } as unknown as SQSEvent;
      const done = handler(event, { getRemainingTimeInMillis: () => 300_000 }).then(({ batchItemFailures }) => {
        if (batchItemFailures.length > 0) throw new Error('a message came back');
        return null;
      });
      return { answer: await Promise.race([asking, done]), done };
    },
  };
}
