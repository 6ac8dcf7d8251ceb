import { createFaultPlan, type FaultPlan } from '../kernel/faults.ts';
import { createRandom } from '../kernel/random.ts';
import { createSandboxFetch } from '../kernel/sandbox-fetch.ts';
import { createSimulation, type Limits, type LoggedRequest, type Simulation } from '../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../kernel/timeline.ts';
import { type Attempt, createWebhookSender, type WebhookSender } from '../kernel/webhook-sender.ts';
import type { MerchantInput } from './account.ts';
import { type Application, createApplication, type Registration } from './application.ts';
import { createApplicationRoutes } from './application-routes.ts';
import { refusal } from './errors.ts';
import type { TokenSet } from './grants.ts';
import { createListRoutes } from './list-routes.ts';
import { createMerchant, type Merchant } from './merchant.ts';
import { createOAuthRoutes } from './oauth-routes.ts';
import { createObjectRoutes } from './object-routes.ts';
import { apiVersion, retrySchedules, type SubscriptionInput } from './webhooks.ts';

export interface SquareSandboxOptions {
  /** The same seed and the same calls give the same bytes. */
  seed?: string | number;
  /** Real time unless told. */
  timeline?: Timeline;
  faults?: FaultPlan;
  /** One merchant with one location unless told. */
  merchants?: readonly MerchantInput[];
  registration?: Partial<Registration>;
  /** Changes reach the lists within this time, each after a time of its own. 0 unless told. */
  listedWithinMs?: number;
  /** See `behaviours.ts`. */
  cursorKind?: 'keyset' | 'offset';
  updatedAtBegin?: 'inclusive' | 'exclusive';
  /** From a payment's completion to its fee. Never unless told. */
  processingFeeAfterMs?: number;
  /** Of each access token. None unless told. */
  requestsPerSecond?: number;
  /** From request to answer, on the timeline. */
  latencyMs?: number;
  webhookLatencyMs?: number;
  webhookRetries?: keyof typeof retrySchedules;
  /** How webhooks reach their receivers; over HTTP unless told. */
  webhookFetch?: typeof fetch;
}

export interface SquareSandbox extends Pick<Simulation, 'answer' | 'timeline' | 'faults'> {
  readonly registration: Registration;
  /** Asks the simulator without a network, whatever the URL's origin. */
  readonly fetch: typeof fetch;
  /** The merchant with that id; the first one unless told. */
  merchant(id?: string): Merchant;
  addMerchant(input: MerchantInput): Merchant;
  /** Who says yes to the permission pages from now on, and to what. */
  approveAs(merchantId: string, scopes?: readonly string[]): void;
  /** The permission pages are refused from now on. */
  deny(): void;
  /** An authorization without the permission page. */
  authorize(merchantId: string, scopes?: readonly string[]): TokenSet;
  /** Square ends an authorization by itself. */
  revoke(merchantId: string): void;
  subscribe(input: SubscriptionInput): { id: string; signatureKey: string };
  rotateSignatureKey(subscriptionId: string): string;
  requests(): readonly LoggedRequest[];
  attempts(): readonly Attempt[];
  faultedDeliveries(): ReturnType<WebhookSender['faulted']>;
  stop(): Promise<void>;
}

const scopes = ['MERCHANT_PROFILE_READ', 'PAYMENTS_READ', 'ORDERS_READ', 'CUSTOMERS_READ'];

const registered: Registration = {
  clientId: 'sandbox-sq0idb-application',
  clientSecret: 'sandbox-sq0csb-secret',
  redirectUrl: 'http://127.0.0.1/callback',
  accessToken: 'EAAAl-application',
};

/** Square without a network: see `fetch`, or `startSquareSandbox` for one that listens. What it does is in `behaviours.ts`. */
export function createSquareSandbox(options: SquareSandboxOptions = {}): SquareSandbox {
  const { seed = 'square', timeline = systemTimeline, faults = createFaultPlan() } = options;
  const random = createRandom(seed);
  const sender = createWebhookSender({
    timeline,
    faults,
    retryAfterMs: retrySchedules[options.webhookRetries ?? 'current'],
    deadlineMs: 10_000,
    latencyMs: options.webhookLatencyMs ?? 0,
    isAccepted: (status) => status >= 200 && status < 300,
    onSettled: ({ url }, outcome) => application.desk.settle(url, outcome === 'accepted'),
    ...(options.webhookFetch && { fetch: options.webhookFetch }),
  });
  const visibility = random.fork('visibility');
  const listedWithinMs = options.listedWithinMs ?? 0;
  const visibleAfterMs = () => (listedWithinMs === 0 ? 0 : visibility.below(listedWithinMs + 1));
  const application = createApplication({
    registration: { ...registered, ...options.registration },
    timeline,
    random,
    sender,
    lists: { timeline, visibleAfterMs, cursorKind: options.cursorKind ?? 'keyset' },
    processingFeeAfterMs: options.processingFeeAfterMs ?? null,
  });
  for (const merchant of options.merchants ?? [{}]) application.addAccount(merchant);
  const simulation = createSimulation({
    timeline,
    faults,
    routes: [
      ...createOAuthRoutes(application),
      ...createListRoutes(application, { updatedAtBegin: options.updatedAtBegin ?? 'inclusive' }),
      ...createObjectRoutes(application),
      ...createApplicationRoutes(application),
    ],
    unmatched: (_request, allowed) => refusal(allowed.length > 0 ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND'),
    refuse: (status) => refusal(refusalCodes[status]),
    headersOf: ({ headers }) => ({ 'square-version': headers['square-version'] ?? apiVersion }),
    latencyMs: () => options.latencyMs ?? 0,
    ...(options.requestsPerSecond !== undefined && { limits: limitEach(options.requestsPerSecond, timeline) }),
  });
  return toSandbox(application, simulation, sender);
}

const refusalCodes = { 429: 'RATE_LIMITED', 500: 'INTERNAL_SERVER_ERROR', 503: 'SERVICE_UNAVAILABLE' } as const;

function toSandbox(application: Application, simulation: Simulation, sender: WebhookSender): SquareSandbox {
  const { accounts, desk, grants } = application;
  const merchants = new Map<string, Merchant>();
  const merchant = (id = [...accounts.keys()][0] ?? '') => {
    const account = accounts.get(id);
    if (account === undefined) throw new Error(`The sandbox has no merchant ${id}.`);
    const known = merchants.get(id) ?? createMerchant(account, () => application.revoke(id, 'MERCHANT'));
    merchants.set(id, known);
    return known;
  };
  return {
    ...simulation,
    registration: application.registration,
    fetch: createSandboxFetch(simulation),
    merchant,
    addMerchant: (input) => merchant(application.addAccount(input).id),
    approveAs: (merchantId, granted) =>
      application.decide({ kind: 'approve', merchantId: merchant(merchantId).id, ...(granted && { scopes: granted }) }),
    deny: () => application.decide({ kind: 'deny' }),
    authorize: (merchantId, granted = scopes) => grants.grant(merchant(merchantId).id, granted),
    revoke: (merchantId) => application.revoke(merchantId, 'SQUARE'),
    subscribe: desk.subscribe,
    rotateSignatureKey: (id) => {
      const key = desk.rotateKey(id);
      if (key === null) throw new Error(`The sandbox has no subscription ${id}.`);
      return key;
    },
    attempts: sender.attempts,
    faultedDeliveries: sender.faulted,
    stop: async () => sender.stop(),
  };
}

/** So many requests of one token in each second of the clock. */
function limitEach(requestsPerSecond: number, { now }: Timeline): Limits {
  const counts = new Map<string, { second: number; count: number }>();
  return {
    enter: ({ headers }) => {
      const [token, second] = [headers.authorization ?? '', Math.floor(now().getTime() / 1000)];
      const before = counts.get(token);
      const count = before?.second === second ? before.count + 1 : 1;
      counts.set(token, { second, count });
      return count > requestsPerSecond ? refusal('RATE_LIMITED') : null;
    },
    leave: () => undefined,
  };
}
