import { createFaultPlan, type FaultPlan } from '../../kernel/faults.ts';
import { type Reply, type RoutedRequest, readAuthorization, type SandboxRequest } from '../../kernel/message.ts';
import { createSandboxFetch } from '../../kernel/sandbox-fetch.ts';
import { createSimulation, type Limits, type Simulation } from '../../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../../kernel/timeline.ts';
import { type Book, createBook } from '../book.ts';
import { createCallLimit } from '../call-limit.ts';
import { groupByPartner, type PartnerEvents } from './analytics.ts';
import { type BookedCommission, listCommissions } from './commissions.ts';
import { refuse } from './refuse.ts';

export interface DubOptions {
  readonly timeline?: Timeline;
  readonly account?: Partial<DubAccount>;
  /** Partners that analytics tell of at most; 5,000 unless told. */
  readonly partnerLimit?: number;
}

export interface DubAccount {
  readonly apiKey: string;
  readonly workspaceId: string;
  /** In lower case. */
  readonly currency: string;
}

export interface DubSandbox {
  readonly account: DubAccount;
  readonly events: Book<PartnerEvents>;
  readonly commissions: Book<BookedCommission>;
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
}

const defaults: DubAccount = {
  apiKey: 'dub_simulatedKeyOfAWorkspace01',
  workspaceId: 'ws_1SIMULATED0000000000000001',
  currency: 'usd',
};

/**
 * A workspace's side of Dub's API: links, analytics by partner and commissions.
 * @see https://dub.co/docs/api-reference/introduction
 */
export function createDubSandbox(options: DubOptions = {}): DubSandbox {
  const { timeline = systemTimeline, partnerLimit = 5000 } = options;
  const account = { ...defaults, ...options.account };
  const [events, commissions] = [createBook<PartnerEvents>(), createBook<BookedCommission>()];
  const faults = createFaultPlan();
  const guarded = (handle: (request: RoutedRequest) => Reply) => (request: RoutedRequest) =>
    keyOf(request) === account.apiKey ? handle(request) : refuse(401, 'unauthorized');
  const simulation = createSimulation({
    timeline,
    faults,
    limits: createLimits(timeline),
    unmatched: () => refuse(404, 'not_found'),
    refuse: (status) => refuse(status, status === 429 ? 'rate_limit_exceeded' : 'internal_server_error'),
    routes: [
      { method: 'GET', path: '/links', handle: guarded(() => listLinks(account)) },
      {
        method: 'GET',
        path: '/analytics',
        handle: guarded((request) => groupByPartner(request, { events, partnerLimit })),
      },
      {
        method: 'GET',
        path: '/commissions',
        contentFaults: ['wrong_currency'],
        handle: guarded((request) => listCommissions(request, { commissions, currency: account.currency })),
      },
    ],
  });
  return { account, events, commissions, simulation, faults, fetch: createSandboxFetch(simulation) };
}

const keyOf = (request: SandboxRequest) => readAuthorization(request, 'Bearer');

/** As on the Business plan: analytics by the second, all else by the minute. https://dub.co/docs/api-reference/rate-limits */
function createLimits({ now }: Timeline): Limits {
  const isAnalytics = ({ path }: SandboxRequest) => path === '/analytics';
  const refused = () => refuse(429, 'rate_limit_exceeded');
  const common = { now, refuse: refused };
  const analytics = createCallLimit({
    ...common,
    calls: 4,
    seconds: 1,
    keyOf: (r) => (isAnalytics(r) ? keyOf(r) : null),
  });
  const rest = createCallLimit({
    ...common,
    calls: 1200,
    seconds: 60,
    keyOf: (r) => (isAnalytics(r) ? null : keyOf(r)),
  });
  return { enter: (request) => analytics.enter(request) ?? rest.enter(request), leave: () => undefined };
}

function listLinks({ workspaceId }: DubAccount): Reply {
  const link = {
    id: 'link_1SIMULATED',
    domain: 'example.com',
    key: 'try',
    url: 'https://example.com/try',
    workspaceId,
  };
  return { status: 200, body: [link] };
}
