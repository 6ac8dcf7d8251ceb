import pg from 'pg';
import type { QueueDepth } from './sqs.ts';

/** What the live page shows; column names are the tables' own, in camel case. */
export interface TrafficSnapshot {
  at: string;
  database: 'up' | 'down';
  counts: Record<string, number>;
  deliveries: Record<string, unknown>[];
  events: Record<string, unknown>[];
  postings: Record<string, unknown>[];
  queues: Record<string, QueueDepth>;
}

export interface Traffic {
  /** Calls back with each snapshot that differs from the last, the current one at once; the returned function ends it. */
  watch(listener: (snapshot: TrafficSnapshot) => void): () => void;
  /** One snapshot now. */
  read(): Promise<TrafficSnapshot>;
  stop(): Promise<void>;
}

const undefinedTable = '42P01';
const undefinedSchema = '3F000';

// Bodies, payloads and metadata stay in the database: the page shows what happened, not to whom.
const lists = {
  deliveries: `select id, provider, status, reason, length(body) as bytes, received_at as "receivedAt"
    from inbox.deliveries order by id desc limit 25`,
  events: `select id, provider, type, status, reason, org_id as "orgId", received_at as "receivedAt"
    from inbox.events order by id desc limit 25`,
  postings: `select p.id, p.kind, p.org_id as "orgId", p.recorded_at as "createdAt", coalesce(sum(e.amount) filter (where e.amount > 0), 0)::int8::text as amount,
      coalesce(min(a.unit), '') as unit
    from (select * from ledger.postings order by recorded_at desc limit 25) p
    left join ledger.entries e on e.org_id = p.org_id and e.posting_id = p.id
    left join ledger.accounts a on a.org_id = e.org_id and a.id = e.account_id
    group by p.id, p.kind, p.org_id, p.recorded_at order by p.recorded_at desc, p.id`,
} as const;

const counts = {
  deliveries: 'select count(*)::int as n from inbox.deliveries',
  quarantined: `select count(*)::int as n from inbox.deliveries where status = 'quarantined'`,
  parked: 'select count(*)::int as n from inbox.parked_events',
  events: 'select count(*)::int as n from inbox.events',
  applied: `select count(*)::int as n from inbox.events where status = 'applied'`,
  postings: 'select count(*)::int as n from ledger.postings',
} as const;

/** Rows of a query, none while its table does not exist yet. */
async function rowsOf(pool: pg.Pool, sql: string): Promise<Record<string, unknown>[]> {
  try {
    return (await pool.query(sql)).rows;
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code === undefinedTable || code === undefinedSchema) return [];
    throw error;
  }
}

/** Reads what the live page shows, past row-level security: `url` is a superuser's. It asks only while someone watches. */
export function createTraffic(url: string, queues: () => Record<string, QueueDepth>, intervalMs = 1000): Traffic {
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    statement_timeout: 2000,
    connectionTimeoutMillis: 2000,
    application_name: 'live traffic',
  });
  pool.on('error', () => undefined);
  const listeners = new Set<(snapshot: TrafficSnapshot) => void>();
  let timer: NodeJS.Timeout | undefined;
  let last = '';

  async function read(): Promise<TrafficSnapshot> {
    const snapshot = { at: new Date().toISOString(), queues: queues() };
    try {
      const numbers: Record<string, number> = {};
      for (const [name, sql] of Object.entries(counts)) numbers[name] = Number((await rowsOf(pool, sql))[0]?.n ?? 0);
      const [deliveries, events, postings] = [
        await rowsOf(pool, lists.deliveries),
        await rowsOf(pool, lists.events),
        await rowsOf(pool, lists.postings),
      ];
      return { ...snapshot, database: 'up', counts: numbers, deliveries, events, postings };
    } catch {
      // Stopped, starting, or too busy to answer in two seconds: the page says so and asks again.
      return { ...snapshot, database: 'down', counts: {}, deliveries: [], events: [], postings: [] };
    }
  }

  async function poll(): Promise<void> {
    const snapshot = await read();
    const { at: _, ...content } = snapshot;
    const text = JSON.stringify(content);
    if (text !== last) for (const listener of listeners) listener(snapshot);
    last = text;
    timer = listeners.size > 0 ? setTimeout(poll, intervalMs) : undefined;
  }

  return {
    read,
    watch(listener) {
      listeners.add(listener);
      last = '';
      if (timer === undefined) timer = setTimeout(poll, 0);
      return () => listeners.delete(listener);
    },
    async stop() {
      listeners.clear();
      clearTimeout(timer);
      await pool.end();
    },
  };
}
