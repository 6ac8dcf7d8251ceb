import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FunctionSpec } from '@tributary/infra/specs';
import { type FunctionName, functions } from '@tributary/infra/topology';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LockedError } from './lock-file.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack-options.ts';

// Stand-ins for the functions, at the topology's own paths: what is tested here is the ground they run on.
const database = `import { neonConfig, Pool } from '@neondatabase/serverless';
  const proxy = process.env.NEON_LOCAL_PROXY;
  Object.assign(neonConfig, { wsProxy: (h, p) => proxy + '/v1?address=' + h + ':' + p, useSecureWebSocket: false,
    pipelineTLS: false, pipelineConnect: false });
  export const links = JSON.parse(process.env.SST_RESOURCES_JSON);
  export const query = async (link, sql, values) => {
    const pool = new Pool({ connectionString: links[link].url, max: 1 });
    pool.on('error', () => undefined);
    try { return (await pool.query(sql, values)).rows; } finally { await pool.end(); }
  };`;
const sources: Partial<Record<FunctionName, string>> = {
  opsMigrate: `import { links, query } from '../database.ts';
    export async function handler() {
      await query('DatabaseOwner', \`do $$ begin
        create role tributary_api login; create role tributary_worker login; create role tributary_system login;
        exception when duplicate_object then null; end $$\`);
      for (const link of ['DatabaseApi', 'DatabaseWorker', 'DatabaseSystem']) {
        const { username, password } = new URL(links[link].url);
        await query('DatabaseOwner', 'alter role ' + username + " password '" + password + "'");
      }
      await query('DatabaseOwner', 'create table if not exists seen (body text primary key)');
      await query('DatabaseOwner', 'grant select, insert on seen to tributary_worker, tributary_api');
    }`,
  webhooksSquare: `import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
    const { Ingest } = JSON.parse(process.env.SST_RESOURCES_JSON);
    const client = new SQSClient({ maxAttempts: 1 });
    export async function handler(event) {
      try {
        await client.send(new SendMessageCommand({ QueueUrl: Ingest.url, MessageBody: event.body }));
        return { statusCode: 200 };
      } catch { return { statusCode: 503 }; }
    }`,
  queuesIngest: `import { query } from '../database.ts';
    export async function handler({ Records }) {
      const batchItemFailures = [];
      for (const { body, messageId } of Records) {
        try {
          await query('DatabaseWorker', 'insert into seen values ($1) on conflict do nothing', [body]);
        } catch { batchItemFailures.push({ itemIdentifier: messageId }); }
      }
      return { batchItemFailures };
    }`,
  apiLoyalty: `import { query } from '../database.ts';
    export async function handler() {
      const rows = await query('DatabaseApi', 'select body from seen order by body');
      const seen = rows.map((row) => row.body);
      return { statusCode: 200, body: JSON.stringify({ seen, links: Object.keys(JSON.parse(process.env.SST_RESOURCES_JSON)) }) };
    }`,
};

let folder: string;
let stack: Stack;
const lines: string[] = [];

function writeProject(root: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('functions/database.ts', database);
  for (const [name, spec] of Object.entries<FunctionSpec>(functions)) {
    write(
      spec.handler.replace(/\.\w+$/, '.ts'),
      sources[name as FunctionName] ?? 'export const handler = async () => null;',
    );
    for (const shipped of spec.ships ?? []) write(join(shipped, 'shipped.txt'), 'shipped');
  }
}

const start = () =>
  startStack({
    dataDir: join(folder, 'data'),
    root: join(folder, 'project'),
    persistent: false,
    // Not at once: eight tries would be used up while the database restarts.
    retryVisibilitySeconds: 1,
    batchWindowSeconds: 0,
    log: (line) => void lines.push(line),
  });

beforeAll(async () => {
  // Inside the package, so that the stand-ins resolve its dependencies; ignored by git.
  const scratch = join(import.meta.dirname, '..', '.local');
  mkdirSync(scratch, { recursive: true });
  folder = mkdtempSync(join(scratch, 'stack-'));
  writeProject(join(folder, 'project'));
  stack = await start();
}, 30_000);
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

const send = (text: string) =>
  fetch(`${stack.gatewayUrl}/webhooks/square`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
  });
const ask = async () =>
  (await (await fetch(`${stack.gatewayUrl}/v1/seen`)).json()) as { seen: string[]; links: string[] };

test('a request travels gateway, function, queue, function, database, and back through the API', async () => {
  expect((await send('first')).status).toBe(200);
  await stack.drained();
  expect((await ask()).seen).toEqual(['first']);
});

test('a function is linked to what the topology lists for it and no more', async () => {
  expect((await ask()).links.toSorted()).toEqual(['App', 'CursorKey', 'DatabaseApi', 'EdgeKeys']);
});

test('what arrives while the database is down is there once it is back', async () => {
  await stack.crashPostgres();
  expect((await send('while down')).status).toBe(200);
  await stack.startPostgres();
  await stack.drained();
  expect((await ask()).seen).toContain('while down');
});

test('without the queue nothing is acknowledged', async () => {
  await stack.stopSqs();
  expect((await send('refused')).status).toBe(503);
  await stack.startSqs();
  expect((await send('taken')).status).toBe(200);
  await stack.drained();
  expect((await ask()).seen).not.toContain('refused');
});

test('the live page, its stream, the keys and tokens are served on this machine only', async () => {
  const page = await fetch(stack.gatewayUrl);
  expect(await page.text()).toContain('live traffic');
  const jwks = (await (await fetch(`${stack.gatewayUrl}/.well-known/jwks.json`)).json()) as { keys: object[] };
  expect(jwks.keys).toHaveLength(1);
  const orgId = '01890a5d-ac96-774b-bcce-b302099a8057';
  const token = await fetch(`${stack.gatewayUrl}/local/token`, {
    method: 'POST',
    body: JSON.stringify({ orgId, role: 'owner' }),
  });
  expect(((await token.json()) as { token: string }).token.split('.')).toHaveLength(3);
  const consumer = await fetch(`${stack.gatewayUrl}/local/token`, {
    method: 'POST',
    body: JSON.stringify({ role: 'consumer', email: 'ann@example.com' }),
  });
  const [, claims = ''] = ((await consumer.json()) as { token: string }).token.split('.');
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString());
  expect(said).toMatchObject({ role: 'consumer', email: 'ann@example.com', email_verified: true });
  const refused = await fetch(`${stack.gatewayUrl}/local/token`, { method: 'POST', body: '{"orgId":"x"}' });
  expect(refused.status).toBe(400);
  const stream = await fetch(`${stack.gatewayUrl}/local/traffic`);
  const reader = stream.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  expect(JSON.parse(first.replace('data: ', ''))).toMatchObject({
    database: 'up',
    deliveries: [],
    queues: { ingest: {} },
  });
});

test('a second stack on the same data folder is refused', async () => {
  await expect(start()).rejects.toThrow(LockedError);
});

test('bundles report what is loaded at start and what only later', () => {
  const square = stack.bundles.find((bundle) => bundle.functionName === 'webhooksSquare');
  expect(square?.initialBytes).toBeGreaterThan(100_000);
  expect(stack.bundles.map((bundle) => bundle.functionName).toSorted()).toEqual(Object.keys(functions).toSorted());
});

test('it stops once, and starts again on what it left', async () => {
  await Promise.all([stack.stop(), stack.stop()]);
  await expect(fetch(stack.gatewayUrl)).rejects.toThrow();
  stack = await start();
  expect((await ask()).seen).toEqual(['first', 'taken', 'while down']);
}, 30_000);
