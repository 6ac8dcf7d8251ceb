import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from './postgres.ts';

let folder: string;
let server: PostgresServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-postgres-'));
  server = await startPostgres({ dataDir: join(folder, 'cluster'), fsync: false });
}, 30_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function ask<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client(server.superuserUrl);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('it is PostgreSQL 18 with the same text order on every machine, on loopback only', async () => {
  const [row] = await ask(`select current_setting('server_version_num')::int / 10000 as major,
    current_setting('server_encoding') as encoding, current_setting('listen_addresses') as addresses,
    upper('é') as upper, 'Z' < 'a' as by_code_point`);
  expect(row).toEqual({ major: 18, encoding: 'UTF8', addresses: '127.0.0.1', upper: 'É', by_code_point: true });
});

test('what is committed survives a stop, a crash and the same port comes back', async () => {
  await ask('create table kept (n int)');
  await ask('insert into kept values (1)');
  const { port } = server;
  await server.stop();
  expect(server.running).toBe(false);
  await server.start();
  await ask('insert into kept values (2)');
  await server.crash();
  await expect(ask('select 1')).rejects.toThrow('ECONNREFUSED');
  await server.start();
  expect(server.port).toBe(port);
  expect(await ask('select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
});

test('starting twice or stopping twice changes nothing', async () => {
  await server.start();
  await server.stop();
  await server.stop();
  await server.start();
  expect(await ask('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a postmaster.pid left by another process does not block the start', async () => {
  await server.stop();
  const pidFile = join(folder, 'cluster', 'postmaster.pid');
  writeFileSync(pidFile, `${process.pid}\n${join(folder, 'cluster')}\n`);
  await server.start();
  expect(Number.parseInt(readFileSync(pidFile, 'utf8'), 10)).not.toBe(process.pid);
});

test('a server whose owner died is stopped and the cluster opened again', async () => {
  await ask('create table orphaned (n int)');
  const successor = await startPostgres({ dataDir: join(folder, 'cluster'), fsync: false });
  expect(server.running).toBe(false);
  server = successor;
  expect(await ask('select * from orphaned')).toEqual([]);
});

test('a fixed port that is taken is refused by name', async () => {
  const start = startPostgres({ dataDir: join(folder, 'second'), port: server.port, fsync: false });
  await expect(start).rejects.toThrow(`Port ${server.port} is taken`);
});
