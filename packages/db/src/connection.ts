import { neonConfig, Pool, type PoolClient, types } from '@neondatabase/serverless';

export interface DatabaseOptions {
  /** `postgres://login:password@host/database` of one login. */
  url: string;
  /** `host:port` of a local stand-in for Neon's proxy; absent in production. */
  proxy?: string | undefined;
  /** Connections of this instance at most. A Lambda instance runs one invocation at a time. */
  maxConnections?: number;
}

export interface Database {
  readonly pool: Pool;
  readonly url: string;
  close(): Promise<void>;
}

const int8 = 20;

// Taken before anything else runs: Drizzle's HTTP driver replaces the parsers of dates for the whole process.
const dateReaders = new Map([1082, 1114, 1184].map((oid) => [oid, types.getTypeParser(oid)]));

/** Counts, points and minor units fit a double's integers; one that does not is an error, never a rounded number. */
function readInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 beyond 2^53 - 1');
  return value;
}

const typeParsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8
      ? readInt8
      : (dateReaders.get(oid) ?? types.getTypeParser(oid, format as 'text'))) as typeof types.getTypeParser,
};

/** Opens nothing yet: the first query connects. */
export function openDatabase({ url, proxy, maxConnections = 4 }: DatabaseOptions): Database {
  configureDriver(proxy);
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 20_000,
    types: typeParsers,
  });
  // A backend that dies while idle or checked out emits 'error'; unheard, it would end the process. The query in flight fails by itself.
  pool.on('error', () => undefined);
  pool.on('connect', (client: PoolClient) => client.on('error', () => undefined));
  return { pool, url, close: () => pool.end() };
}

function configureDriver(proxy: string | undefined): void {
  // The default delays every write by a timer of 1 ms, per round trip.
  neonConfig.coalesceWrites = false;
  if (proxy === undefined) return;
  neonConfig.wsProxy = (host, port) => `${proxy}/v1?address=${host}:${port}`;
  neonConfig.fetchEndpoint = `http://${proxy}/sql`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
}
