import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NeonDbError, neon, neonConfig, Pool } from '@neondatabase/serverless';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NeonProxy, startNeonProxy } from './neon-proxy.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';

let folder: string;
let postgres: PostgresServer;
let proxy: NeonProxy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-proxy-'));
  postgres = await startPostgres({ dataDir: join(folder, 'cluster'), fsync: false });
  proxy = await startNeonProxy({ postgresPort: postgres.port });
  neonConfig.wsProxy = (host, port) => `${proxy.url}/v1?address=${host}:${port}`;
  neonConfig.fetchEndpoint = `http://${proxy.url}/sql`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
  neonConfig.coalesceWrites = false;
}, 30_000);
afterAll(async () => {
  await proxy.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true });
});

test('the driver pool runs an interactive transaction over the WebSocket', async () => {
  const pool = new Pool({ connectionString: postgres.superuserUrl });
  const client = await pool.connect();
  await client.query('create table counted (n int)');
  await client.query('begin');
  await client.query('insert into counted select generate_series(1, $1::int)', [1000]);
  await client.query('rollback');
  const { rows } = await client.query('select count(*)::int as n from counted');
  client.release();
  await pool.end();
  expect(rows).toEqual([{ n: 0 }]);
});

test('megabytes pass the WebSocket both ways unchanged', async () => {
  const pool = new Pool({ connectionString: postgres.superuserUrl });
  const text = 'tributary'.repeat(700_000);
  const { rows } = await pool.query('select $1::text as text', [text]);
  await pool.end();
  expect(rows[0].text === text).toBe(true);
});

test('neon() parses types, in object and array mode', async () => {
  const sql = neon(postgres.superuserUrl);
  const rows =
    await sql`select ${7}::int as n, 1.50::numeric as d, '{"a":[1]}'::jsonb as j, array['x','y'] as a, null as z`;
  expect(rows).toEqual([{ n: 7, d: '1.50', j: { a: [1] }, a: ['x', 'y'], z: null }]);
  const full = await sql.query('select $1::timestamptz as at, true as yes', ['2026-01-02T03:04:05Z'], {
    arrayMode: true,
    fullResults: true,
  });
  expect(full).toMatchObject({ command: 'SELECT', rowCount: 1, rowAsArray: true });
  expect(full.rows).toEqual([[new Date('2026-01-02T03:04:05Z'), true]]);
});

test('a batch is one transaction with the asked modes', async () => {
  const sql = neon(postgres.superuserUrl);
  const [, settings] = await sql.transaction(
    [
      sql`select set_config('app.org_id', 'a', true)`,
      sql`select current_setting('app.org_id') as org, current_setting('transaction_isolation') as isolation,
        current_setting('transaction_read_only') as ro, current_setting('transaction_deferrable') as deferrable`,
    ],
    { isolationLevel: 'Serializable', readOnly: true, deferrable: true },
  );
  expect(settings).toEqual([{ org: 'a', isolation: 'serializable', ro: 'on', deferrable: 'on' }]);
});

test('a failing batch leaves nothing behind', async () => {
  const sql = neon(postgres.superuserUrl);
  await sql`create table batched (n int primary key)`;
  const batch = sql.transaction([sql`insert into batched values (1)`, sql`insert into batched values (1)`]);
  await expect(batch).rejects.toMatchObject({ code: '23505' });
  expect(await sql`select * from batched`).toEqual([]);
});

test('a database error carries the fields the driver reads', async () => {
  const sql = neon(postgres.superuserUrl);
  await sql`create table guarded (n int constraint positive check (n > 0))`;
  const error = await sql`insert into guarded values (-1)`.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NeonDbError);
  expect(error).toMatchObject({ code: '23514', severity: 'ERROR', table: 'guarded', constraint: 'positive' });
});

test('session state does not reach the next HTTP request', async () => {
  const sql = neon(postgres.superuserUrl);
  await sql`set search_path to elsewhere`;
  const paths = await Promise.all(Array.from({ length: 8 }, () => sql`show search_path`));
  expect(paths.flat().map((row) => row.search_path)).toEqual(Array(8).fill('"$user", public'));
});

test('a wrong password is the caller’s error', async () => {
  const sql = neon(postgres.url('postgres', { user: 'postgres', password: 'wrong' }));
  await expect(sql`select 1`).rejects.toMatchObject({ code: '28P01' });
});

test('with the database down both ways fail at once, and work again when it is back', async () => {
  const pool = new Pool({ connectionString: postgres.superuserUrl });
  pool.on('error', () => undefined);
  const sql = neon(postgres.superuserUrl);
  await pool.query('select 1');
  await postgres.stop();
  const startedAt = performance.now();
  await expect(pool.query('select 1')).rejects.toThrow();
  await expect(sql`select 1`).rejects.toThrow('HTTP status 500');
  expect(performance.now() - startedAt).toBeLessThan(1500);
  await postgres.start();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  await pool.end();
});

test('of many that try to connect while the database is down, none is left waiting', async () => {
  await postgres.stop();
  const pools = Array.from({ length: 50 }, () => new Pool({ connectionString: postgres.superuserUrl }));
  for (const pool of pools) pool.on('error', () => undefined);
  const startedAt = performance.now();
  const outcomes = await Promise.allSettled(pools.map((pool) => pool.query('select 1')));
  expect(performance.now() - startedAt).toBeLessThan(3000);
  expect(outcomes.map(({ status }) => status)).toEqual(pools.map(() => 'rejected'));
  await postgres.start();
  await Promise.all(pools.map((pool) => pool.end()));
});
