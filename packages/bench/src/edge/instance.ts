import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '@tributary/db/connection';
import { access } from '@tributary/functions/api/access';
import { routes } from '@tributary/functions/api/loyalty';
import { limiterOn, memberLimits } from '@tributary/functions/runtime/edge';
import { createApp } from '@tributary/http/app';
import type { Limit } from '@tributary/http/edge/limit';
import { answer } from '../child.ts';

export interface OpenQuestion {
  what: 'open';
  url: string;
  proxy: string;
}

export interface LoadQuestion {
  what: 'load';
  limited: boolean;
  /** Asked for in turn. */
  orgIds: readonly string[];
  durationMs: number;
  /** From the begin of one request to the begin of the next at least. */
  everyMs: number;
}

export interface LoadReport {
  /** Of each request that was answered 200. */
  answeredMs: number[];
  refused: number;
}

export interface FloodQuestion {
  what: 'flood';
  limit: Limit;
  durationMs: number;
}

let database: Database | undefined;
let apps: Record<'limited' | 'free', ReturnType<typeof open>>;

function open(on: Database, limited: boolean) {
  return createApp({
    title: 'bench',
    routes,
    access: access.loyalty,
    // Proving who asks is the same with limits and without, and no part of this.
    authenticate: async (headers) => ({
      orgId: headers.get('x-organization') ?? '',
      subject: 'bench',
      role: 'owner' as const,
    }),
    deps: {
      database: on,
      cursorKey: Buffer.alloc(32),
      keyEnvironment: 'test' as const,
    },
    ...(limited && { limits: memberLimits(on) }),
    log: () => undefined,
  });
}

/** As an instance of a function does: one request after the other. */
async function load({ limited, orgIds, durationMs, everyMs }: LoadQuestion): Promise<LoadReport> {
  const app = limited ? apps.limited : apps.free;
  const report: LoadReport = { answeredMs: [], refused: 0 };
  const endsAt = performance.now() + durationMs;
  for (let turn = 0; performance.now() < endsAt; turn += 1) {
    const startedAt = performance.now();
    const orgId = orgIds[turn % orgIds.length] as string;
    const bindings = { client: { address: '203.0.113.9', userAgent: null } };
    const response = await app.request('/v1/wallets?limit=10', { headers: { 'x-organization': orgId } }, bindings);
    await response.text();
    const tookMs = performance.now() - startedAt;
    if (response.status === 200) report.answeredMs.push(tookMs);
    else if (response.status === 429) report.refused += 1;
    else throw new Error(`answered ${response.status}`);
    if (tookMs < everyMs) await delay(everyMs - tookMs);
  }
  return report;
}

/** Asks a limit as fast as it can. @returns when it was admitted, in ms since 1970 */
async function flood({ limit, durationMs }: FloodQuestion): Promise<number[]> {
  if (!database) throw new Error('not open');
  const limiter = limiterOn(database);
  const admitted: number[] = [];
  const endsAt = Date.now() + durationMs;
  while (Date.now() < endsAt) {
    const refused = await limiter.admit([{ limit, subject: 'flooded' }]).then(
      () => false,
      () => true,
    );
    if (refused) await delay(1);
    else admitted.push(performance.timeOrigin + performance.now());
  }
  return admitted;
}

answer<OpenQuestion | LoadQuestion | FloodQuestion>((question) => {
  if (question.what === 'flood') return flood(question);
  if (question.what === 'load') return load(question);
  database = openDatabase({ url: question.url, proxy: question.proxy });
  apps = { limited: open(database, true), free: open(database, false) };
  return 'open';
});
