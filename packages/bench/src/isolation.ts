import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IdKind, showId } from '@tributary/core/ids';
import type { Organization } from '@tributary/db/catalogue/canaries';
import type { Database } from '@tributary/db/connection';
import { access } from '@tributary/functions/api/access';
import { routes as connectionRoutes } from '@tributary/functions/api/connections';
import { routes as eventRoutes } from '@tributary/functions/api/events';
import { routes as loyaltyRoutes } from '@tributary/functions/api/loyalty';
import { createApp } from '@tributary/http/app';
import { pathParameters } from '@tributary/http/registry';
import { createShutdown } from '@tributary/local/shutdown';
import type { Bench, BenchOptions } from './bench.ts';
import { openStage } from './isolation/stage.ts';
import { median } from './result.ts';

const routes = [...loyaltyRoutes, ...eventRoutes, ...connectionRoutes];
type Route = (typeof routes)[number];

/** What a parameter of a path names: its kind, and the table it is in. */
const objects: Readonly<Record<string, readonly [IdKind, string]>> = {
  transactionId: ['transaction', 'loyalty.transactions'],
  customerId: ['customer', 'loyalty.customers'],
  walletId: ['wallet', 'loyalty.wallets'],
  ruleId: ['rewardRule', 'loyalty.reward_rules'],
  rewardId: ['reward', 'loyalty.rewards'],
  deliveryId: ['delivery', 'inbox.deliveries'],
  eventId: ['event', 'inbox.events'],
  connectionId: ['connection', 'sync.connections'],
  apiKeyId: ['apiKey', 'identity.api_keys'],
};

const parameterOf = ({ path }: Route) => pathParameters(path).find((name) => name.endsWith('Id'));
const naming = routes.filter((route) => parameterOf(route) !== undefined);

/** The routes as they are deployed, asked by somebody of that organization: who asks is not what is measured. */
function openApp(database: Database, { id }: Organization) {
  return createApp({
    title: 'isolation',
    routes,
    access: { ...access.loyalty, ...access.events, ...access.connections },
    authenticate: async () => ({ orgId: id, subject: 'bench', role: 'owner' as const }),
    deps: {
      database,
      cursorKey: Buffer.alloc(32, 7),
      keyEnvironment: 'test' as const,
      sendToIngest: async () => undefined,
      sendToSync: async () => undefined,
    },
    log: () => undefined,
  });
}

/** Asks for an object. @returns milliseconds. @throws Error when something is found */
async function timeRefusal(app: ReturnType<typeof openApp>, route: Route, id: string): Promise<number> {
  const query = route.operationId === 'getRedeemable' ? '?basketMinor=1000&currency=USD' : '';
  const path = route.path.replace(`{${parameterOf(route)}}`, id) + query;
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  const body = route.body === null ? {} : { body: JSON.stringify(route.example.body) };
  const startedAt = performance.now();
  const response = await app.request(path, { method: route.method, headers, ...body });
  await response.text();
  const elapsedMs = performance.now() - startedAt;
  if (response.status !== 404) throw new Error(`${route.operationId} answered ${response.status}`);
  return elapsedMs;
}

/** Medians for an object of others and for a random id, asked for in no order that an observer could lean on. */
async function compare(app: ReturnType<typeof openApp>, route: Route, theirs: Organization, count: number) {
  const [kind, table] = objects[parameterOf(route) ?? ''] ?? [];
  const theirId = theirs.rows.get(table ?? '')?.id;
  if (kind === undefined || typeof theirId !== 'string') throw new Error(`say what ${route.path} names`);
  const draw = { theirs: () => theirId, random: () => randomUUID() };
  const times: Record<keyof typeof draw, number[]> = { theirs: [], random: [] };
  const warmUps = 20;
  for (let asked = -warmUps; asked < count; asked += 1) {
    const order: readonly (keyof typeof draw)[] = randomInt(2) === 0 ? ['theirs', 'random'] : ['random', 'theirs'];
    for (const whose of order) {
      const elapsedMs = await timeRefusal(app, route, showId(kind, draw[whose]()));
      if (asked >= 0) times[whose].push(elapsedMs);
    }
  }
  return { theirs: median(times.theirs), random: median(times.random) };
}

async function* run({ quick, wants, log }: BenchOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const shutdown = createShutdown(log);
  try {
    const { api, organizations } = await openStage(folder, shutdown);
    const [ours, theirs] = organizations;
    const app = openApp(api, ours);
    for (const route of naming.filter(({ operationId }) => wants(operationId))) {
      const medians = await compare(app, route, theirs, quick ? 50 : 1_000);
      log(`${route.operationId}: of others ${medians.theirs.toFixed(3)} ms, random ${medians.random.toFixed(3)} ms`);
      const ratio = medians.theirs / medians.random;
      const value = Math.max(ratio, 1 / ratio);
      yield { case: route.operationId, value, unit: 'x', baseline: null, bar: { atMost: 1.05 } };
    }
  } finally {
    await shutdown.run();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const isolation: Bench = {
  summary:
    'whether the time of a 404 tells an object of others from a random id, of every route that names an object (the larger median of 1,000 calls each over the smaller)',
  run,
};
