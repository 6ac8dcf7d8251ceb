import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { projectRoot } from './bundle.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';
import { createTraffic, type Traffic, type TrafficSnapshot } from './traffic.ts';

const depth = { visible: 2, inFlight: 1, delayed: 0, deadLettered: 0 };
let folder: string;
let postgres: PostgresServer;
let client: pg.Client;
let traffic: Traffic;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-traffic-'));
  postgres = await startPostgres({ dataDir: join(folder, 'cluster'), fsync: false });
  client = new pg.Client(postgres.superuserUrl);
  client.on('error', () => undefined);
  await client.connect();
  traffic = createTraffic(postgres.superuserUrl, () => ({ ingest: depth }), 50);
}, 30_000);
afterAll(async () => {
  await traffic.stop();
  await client.end();
  await postgres.stop();
  rmSync(folder, { recursive: true });
});

test('before the first migration everything is empty', async () => {
  expect(await traffic.read()).toMatchObject({
    database: 'up',
    deliveries: [],
    events: [],
    postings: [],
    queues: { ingest: depth },
  });
});

test('deliveries, events and postings of every organization are shown, without bodies', async () => {
  const migrations = join(projectRoot, 'migrations');
  for (const name of readdirSync(migrations).sort()) await client.query(readFileSync(join(migrations, name), 'utf8'));
  await client.query(`
    with organization as (insert into identity.organizations (name) values ('Café') returning id),
    connection as (
      insert into sync.connections (org_id, provider, account_ref) select id, 'square', 'M1' from organization returning org_id, id),
    delivery as (
      insert into inbox.deliveries (provider, sha256, received_at, url, headers, body, status)
      values ('square', sha256('x'), now(), 'https://x', '{}', 'secret body', 'routed') returning id)
    insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at, payload)
    select c.org_id, c.id, d.id, 'square', 'e1', 'payment.updated', now(), '{"card":"secret"}' from connection c, delivery d`);
  await client.query(`
    with organization as (select id from identity.organizations),
    accounts as (
      insert into ledger.accounts (org_id, code, unit, kind)
      select id, code, 'points', 'wallet' from organization, unnest(array['a', 'b']) code returning org_id, id, code),
    posting as (
      insert into ledger.postings (org_id, id, key, request_hash, kind, effective_at, recorded_at)
      select id, ledger.posting_id(id, 'p1'), 'p1', '', 'earn', now(), now() from organization returning org_id, id)
    insert into ledger.entries (org_id, account_id, version, posting_id, amount, balance_after)
    select a.org_id, a.id, 1, p.id, case code when 'a' then 5 else -5 end, 0 from accounts a, posting p`);
  const snapshot = await traffic.read();
  expect(snapshot.counts).toEqual({ deliveries: 1, quarantined: 0, parked: 0, events: 1, applied: 0, postings: 1 });
  expect(snapshot.deliveries).toMatchObject([{ provider: 'square', status: 'routed', bytes: 11 }]);
  expect(snapshot.events).toMatchObject([{ type: 'payment.updated', status: 'pending' }]);
  expect(snapshot.postings).toMatchObject([{ kind: 'earn', amount: '5', unit: 'points' }]);
  expect(JSON.stringify(snapshot)).not.toContain('secret');
});

test('a watcher hears of changes, of the database going down and of its return', async () => {
  const heard: TrafficSnapshot['database'][] = [];
  const end = traffic.watch(({ database }) => void heard.push(database));
  await vi.waitUntil(() => heard.length === 1, { timeout: 5000 });
  await postgres.stop();
  await vi.waitUntil(() => heard.length === 2, { timeout: 5000 });
  await postgres.start();
  await vi.waitUntil(() => heard.length === 3, { timeout: 5000 });
  end();
  expect(heard).toEqual(['up', 'down', 'up']);
});
