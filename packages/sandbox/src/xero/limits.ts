import type { Reply, SandboxRequest } from '../kernel/message.ts';
import type { Random } from '../kernel/random.ts';
import type { Limits } from '../kernel/simulation.ts';
import type { Clock } from '../kernel/timeline.ts';
import type { XeroApp } from './app.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const concurrentLimit = 5;
const minuteLimit = 60;
const appMinuteLimit = 10_000;
const dayLimits: Record<XeroApp['tier'], number> = {
  starter: 1000,
  core: 5000,
  plus: 5000,
  advanced: 5000,
  enterprise: 5000,
};

type Problem = 'concurrent' | 'day' | 'minute' | 'appminute';

/** Calls within a window of fixed length that began at an offset of its own. */
interface Window {
  left(): number;
  take(): void;
  secondsToNext(): number;
}

interface Tenant {
  readonly minute: Window;
  readonly day: Window;
  openCalls: number;
  servedBytes: number;
}

export interface XeroLimits extends Limits {
  /** What every answer of the API says. */
  headersOf(request: SandboxRequest): Record<string, string>;
  /** Bytes of bodies that a tenant was sent, without those of Organisation. */
  egressBytes(tenantId: string): number;
}

/** Counts what goes to the API, for each tenant that exists and for the app. What is refused counts nowhere. */
export function createLimits(options: {
  tier: XeroApp['tier'];
  tenantIds: readonly string[];
  random: Random;
  now: Clock;
}): XeroLimits {
  const { tier, random, now } = options;
  const tenants = new Map(options.tenantIds.map((id) => [id, openTenant(dayLimits[tier], random.fork(id), now)]));
  const app = createWindow(minuteMs, appMinuteLimit, random.fork('app').below(minuteMs), now);
  const open = new WeakSet<SandboxRequest>();
  const tenantOf = (request: SandboxRequest) =>
    isOfApi(request) ? tenants.get(request.headers['xero-tenant-id'] ?? '') : undefined;

  return {
    enter: (request) => {
      if (!isOfApi(request)) return null;
      const tenant = tenantOf(request);
      const problem = problemOf(tenant, app);
      if (problem !== null) return refuse(problem, tenant, app);
      app.take();
      tenant?.minute.take();
      tenant?.day.take();
      if (tenant !== undefined) tenant.openCalls += 1;
      open.add(request);
      return null;
    },
    leave: (request, { bytes }) => {
      const tenant = tenantOf(request);
      if (tenant === undefined) return;
      if (open.delete(request)) tenant.openCalls -= 1;
      if (!request.path.endsWith('/Organisation')) tenant.servedBytes += bytes;
    },
    headersOf: (request) => {
      if (!isOfApi(request)) return {};
      const tenant = tenantOf(request);
      return {
        ...(tenant !== undefined && {
          'x-daylimit-remaining': String(tenant.day.left()),
          'x-minlimit-remaining': String(tenant.minute.left()),
        }),
        'x-appminlimit-remaining': String(app.left()),
      };
    },
    egressBytes: (tenantId) => tenants.get(tenantId)?.servedBytes ?? 0,
  };
}

function isOfApi({ path }: SandboxRequest): boolean {
  return path.startsWith('/api.xro/') || path.toLowerCase().startsWith('/connections');
}

function openTenant(dayLimit: number, random: Random, now: Clock): Tenant {
  return {
    minute: createWindow(minuteMs, minuteLimit, random.below(minuteMs), now),
    day: createWindow(dayMs, dayLimit, random.below(dayMs), now),
    openCalls: 0,
    servedBytes: 0,
  };
}

function createWindow(lengthMs: number, limit: number, offsetMs: number, now: Clock): Window {
  let [current, taken] = [Number.NaN, 0];
  const settle = () => {
    const sinceOffsetMs = now().getTime() - offsetMs;
    const window = Math.floor(sinceOffsetMs / lengthMs);
    if (window !== current) [current, taken] = [window, 0];
    return (window + 1) * lengthMs - sinceOffsetMs;
  };
  return {
    left: () => {
      settle();
      return limit - taken;
    },
    take: () => {
      settle();
      taken += 1;
    },
    secondsToNext: () => Math.ceil(settle() / 1000),
  };
}

function problemOf(tenant: Tenant | undefined, app: Window): Problem | null {
  if (tenant !== undefined && tenant.openCalls >= concurrentLimit) return 'concurrent';
  if (tenant !== undefined && tenant.day.left() === 0) return 'day';
  if (tenant !== undefined && tenant.minute.left() === 0) return 'minute';
  return app.left() === 0 ? 'appminute' : null;
}

function refuse(problem: Problem, tenant: Tenant | undefined, app: Window): Reply {
  const window = { concurrent: undefined, day: tenant?.day, minute: tenant?.minute, appminute: app }[problem];
  return {
    status: 429,
    headers: {
      'x-rate-limit-problem': problem,
      ...(window !== undefined && { 'retry-after': String(window.secondsToNext()) }),
    },
    body: null,
  };
}
