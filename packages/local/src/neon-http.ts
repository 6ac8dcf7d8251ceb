import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';

/** Ten megabytes, Neon's limit for one HTTP request. */
const requestLimitBytes = 10 * 1024 * 1024;
const isolationLevels: Readonly<Record<string, string>> = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
};
/** The wire keeps every value as PostgreSQL's text; the driver parses by type. */
const rawText = { getTypeParser: () => (value: unknown) => value };

interface Statement {
  query: string;
  params?: unknown[];
}

interface Output {
  arrayMode: boolean;
  rawText: boolean;
}

class RefusedRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function readStatements(request: IncomingMessage): Promise<{ single: Statement } | { batch: Statement[] }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > requestLimitBytes) {
      throw new RefusedRequest(413, `request is too large (max is ${requestLimitBytes} bytes)`);
    }
    chunks.push(chunk);
  }
  let body: (Partial<Statement> & { queries?: Statement[] }) | null;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RefusedRequest(400, 'could not parse the HTTP request body');
  }
  if (Array.isArray(body?.queries)) return { batch: body.queries };
  if (typeof body?.query === 'string') return { single: { query: body.query, params: body.params ?? [] } };
  throw new RefusedRequest(400, 'could not parse the HTTP request body: neither query nor queries');
}

async function execute(client: pg.ClientBase, statement: Statement, output: Output) {
  const result = await client.query({
    text: statement.query,
    values: statement.params ?? [],
    ...(output.arrayMode ? { rowMode: 'array' as const } : {}),
    ...(output.rawText ? { types: rawText } : {}),
  });
  return {
    command: result.command,
    rowCount: result.rowCount,
    fields: result.fields.map((field) => ({ ...field, format: 'text' })),
    rows: result.rows,
    rowAsArray: output.arrayMode,
  };
}

function beginStatement(headers: IncomingHttpHeaders): string {
  const level = headers['neon-batch-isolation-level'];
  const isolation = typeof level === 'string' ? isolationLevels[level] : undefined;
  if (level !== undefined && isolation === undefined) throw new RefusedRequest(400, 'invalid isolation level');
  const modes = [
    ...(isolation === undefined ? [] : [`isolation level ${isolation}`]),
    ...(headers['neon-batch-read-only'] === 'true' ? ['read only'] : []),
    ...(headers['neon-batch-deferrable'] === 'true' ? ['deferrable'] : []),
  ];
  return `begin ${modes.join(', ')}`;
}

async function executeBatch(client: pg.ClientBase, begin: string, batch: Statement[], output: Output) {
  await client.query(begin);
  const results = [];
  for (const statement of batch) results.push(await execute(client, statement, output));
  await client.query('commit');
  return { results };
}

function errorBody(error: unknown): { status: number; body: Record<string, unknown> } {
  if (error instanceof RefusedRequest) return { status: error.status, body: { message: error.message } };
  if (!(error instanceof pg.DatabaseError)) {
    return { status: 500, body: { message: "couldn't connect to compute node", code: null } };
  }
  const { message, code, severity, detail, hint, position, internalPosition, internalQuery, where } = error;
  const { schema, table, column, dataType, constraint, file, line, routine } = error;
  const place = { schema, table, column, dataType, constraint, file, line, routine };
  const body = { message, code, severity, detail, hint, position, internalPosition, internalQuery, where, ...place };
  // 57P03: the server is starting or stopping, which Neon reports as a compute failure, not as the caller's error.
  return { status: code === '57P03' ? 500 : 400, body };
}

/** Leaves no session state to the next request; a connection in doubt is not used again. */
async function giveBack(client: pg.PoolClient, failed: boolean): Promise<void> {
  try {
    if (failed) await client.query('rollback');
    await client.query('discard all');
    client.release();
  } catch {
    client.release(true);
  }
}

/**
 * The HTTP protocol of the Neon driver (`POST /sql`): one statement, or a batch in one transaction.
 * Errors of the database answer 400 with PostgreSQL's fields, an unreachable database 500, as Neon does.
 */
export function createNeonHttp(postgresPort: number) {
  const pools = new Map<string, pg.Pool>();

  function poolOf(headers: IncomingHttpHeaders): pg.Pool {
    const given = headers['neon-connection-string'];
    if (typeof given !== 'string' || !URL.canParse(given)) {
      throw new RefusedRequest(400, 'missing header: Neon-Connection-String');
    }
    const url = new URL(given);
    url.host = `127.0.0.1:${postgresPort}`;
    url.search = '';
    let pool = pools.get(url.href);
    if (pool === undefined) {
      pool = new pg.Pool({ connectionString: url.href, max: 8, connectionTimeoutMillis: 10_000 });
      // An idle connection cut by the server is dropped by the pool; without a listener it would end the process.
      pool.on('error', () => undefined);
      pools.set(url.href, pool);
    }
    return pool;
  }

  async function run(request: IncomingMessage) {
    const { headers } = request;
    const statements = await readStatements(request);
    const output = {
      arrayMode: headers['neon-array-mode'] === 'true',
      rawText: headers['neon-raw-text-output'] === 'true',
    };
    const begin = 'batch' in statements ? beginStatement(headers) : '';
    const client = await poolOf(headers).connect();
    let failed = true;
    try {
      const results =
        'batch' in statements
          ? await executeBatch(client, begin, statements.batch, output)
          : await execute(client, statements.single, output);
      failed = false;
      return results;
    } finally {
      await giveBack(client, failed);
    }
  }

  return {
    async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
      response.setHeader('content-type', 'application/json');
      try {
        const results = await run(request);
        response.end(JSON.stringify(results));
      } catch (error) {
        const { status, body } = errorBody(error);
        response.statusCode = status;
        response.end(JSON.stringify(body));
      }
    },
    async stop(): Promise<void> {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      pools.clear();
    },
  };
}
