import { createFaultPlan } from '../kernel/faults.ts';
import type { SandboxRequest } from '../kernel/message.ts';
import { createRandom } from '../kernel/random.ts';
import { createSandboxFetch } from '../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../kernel/timeline.ts';
import { createAccount } from './account.ts';
import { createOauth, type Person } from './oauth.ts';
import type { SandboxMerchant } from './objects.ts';
import { type CloverLimits, createCloverLimits, documentedLimits, refusal } from './rate-limits.ts';
import { restRoutes } from './rest.ts';
import { createTill, type Till } from './till.ts';
import { createTokenStore, type TokenPair, type TokenRules } from './tokens.ts';
import { type CloverWebhookOptions, type CloverWebhooks, createCloverWebhooks } from './webhooks.ts';
import { type CloverApp, type CloverPermission, merchantOf, nowMsOf, refuse, type World } from './world.ts';

/** Where Clover answers: `authorize` is for browsers, `api` for the rest of OAuth and for REST. */
export const cloverHosts = {
  sandbox: { authorize: 'https://sandbox.dev.clover.com', api: 'https://apisandbox.dev.clover.com' },
  north_america: { authorize: 'https://www.clover.com', api: 'https://api.clover.com' },
  europe: { authorize: 'https://www.eu.clover.com', api: 'https://api.eu.clover.com' },
  latin_america: { authorize: 'https://www.la.clover.com', api: 'https://api.la.clover.com' },
} as const;

export interface CloverSandboxOptions {
  readonly merchants: readonly SandboxMerchant[];
  /** What is not said is as in Clover's own samples; the app has every permission. */
  readonly app?: Partial<CloverApp>;
  /** Same seed, same calls, same bytes. */
  readonly seed?: string | number;
  /** Real time unless told. */
  readonly timeline?: Timeline;
  readonly webhook?: CloverWebhookOptions;
  /** Clover's own unless told; null for none. */
  readonly limits?: CloverLimits | null;
  readonly tokens?: Partial<TokenRules>;
  /** Lists do not know yet what changed later than this long ago. 0 unless told. */
  readonly listDelayMs?: number;
  readonly latencyMs?: (request: SandboxRequest) => number;
  /** Whose host the addresses in its answers name. */
  readonly region?: keyof typeof cloverHosts;
}

export interface CloverSandbox extends Till, Pick<Simulation, 'answer' | 'faults' | 'requests' | 'timeline'> {
  /** Base address for a client, of OAuth as well. */
  readonly url: string;
  /** Asks the simulator without a network, whatever the host. */
  readonly fetch: typeof fetch;
  readonly person: Person;
  readonly webhooks: CloverWebhooks;
  addMerchant(merchant: SandboxMerchant): void;
  /** Installs the app, with the permissions it has now. */
  install(merchantId: string): void;
  /** Every token of the merchant is dead at once; the app is told by `A:` DELETE. */
  uninstall(merchantId: string): void;
  /** Changes what the app asks for; a merchant's grant follows when the app is installed again. */
  setPermissions(permissions: readonly CloverPermission[]): void;
  /** A pair as if the merchant had just authorised the app. */
  issueTokens(merchantId: string): TokenPair;
  stop(): Promise<void>;
}

const sampleApp: CloverApp = {
  id: 'DRKVJT2ZRRRSC',
  secret: '0307e264-b33a-4913-88aa-37b10014a0b8',
  permissions: ['MERCHANT_R', 'ORDERS_R', 'PAYMENTS_R', 'CUSTOMERS_R', 'EMPLOYEES_R', 'INVENTORY_R'],
};
const day = 24 * 60 * 60;
const tokenRules: TokenRules = {
  accessTokenSeconds: [30 * 60, 60 * 60],
  refreshTokenSeconds: 365 * day,
  maxRefreshTokens: 10,
  recoverySeconds: 14 * day,
};

/** Clover without a network. What it does, and on what ground, is in `behaviours.ts`. */
export function createCloverSandbox(
  options: CloverSandboxOptions,
): CloverSandbox & { readonly simulation: Simulation; setOrigin(origin: string): void } {
  const faults = createFaultPlan();
  const { world, webhooks } = createWorld(options, faults);
  const { routes, person } = createOauth(world);
  const { limits = documentedLimits } = options;
  const simulation = createSimulation({
    routes: [...routes, ...restRoutes(world)],
    unmatched: (_request, allowed) =>
      allowed.length > 0 ? refuse(405, 'Method Not Allowed') : refuse(404, 'Not Found'),
    refuse: (status) => refusals[status],
    ...(limits && { limits: createCloverLimits(limits, world.timeline.now) }),
    ...(options.latencyMs && { latencyMs: options.latencyMs }),
    timeline: world.timeline,
    faults,
  });
  for (const merchant of options.merchants) addMerchant(world, merchant);

  return {
    ...createTill(world),
    ...createInstalls(world),
    simulation,
    timeline: world.timeline,
    faults,
    answer: simulation.answer,
    requests: simulation.requests,
    fetch: createSandboxFetch(simulation),
    person,
    webhooks,
    get url() {
      return world.origin;
    },
    setOrigin: (origin) => {
      world.origin = origin;
    },
    addMerchant: (merchant) => addMerchant(world, merchant),
    issueTokens: (merchantId) => world.tokens.issue(merchantOf(world, merchantId).profile.id),
    stop: async () => webhooks.stop(),
  };
}

const refusals = {
  429: refusal('X-RateLimit-tokenLimit', documentedLimits.perSecond.token),
  500: refuse(500, '500 Internal Server Error'),
  503: refuse(503, '503 Service Unavailable'),
};

function createWorld(options: CloverSandboxOptions, faults: Simulation['faults']) {
  const { timeline = systemTimeline, seed = 'clover', region = 'sandbox' } = options;
  const random = createRandom(seed);
  const webhooks = createCloverWebhooks(
    { timeline, faults, random: random.fork('webhooks'), appId: () => world.app.id },
    options.webhook ?? {},
  );
  const world: World = {
    timeline,
    random: random.fork('objects'),
    tokens: createTokenStore({ ...tokenRules, ...options.tokens }, random.fork('tokens'), timeline.now),
    merchants: new Map(),
    app: { ...sampleApp, ...options.app },
    origin: cloverHosts[region].api,
    listDelayMs: options.listDelayMs ?? 0,
    tell: (merchant, change) => {
      const permission = permissionFor[change.objectId.split(':')[0] ?? ''];
      const isTold = permission === undefined || (merchant.isInstalled && merchant.permissions.has(permission));
      if (isTold) webhooks.tell(merchant.profile.id, { ...change, ts: nowMsOf(world) });
    },
  };
  return { world, webhooks };
}

/** What the app must be allowed to read to be told of it; of itself it is always told. */
const permissionFor: Readonly<Record<string, CloverPermission>> = { O: 'ORDERS_R', P: 'PAYMENTS_R' };

function addMerchant(world: World, profile: SandboxMerchant): void {
  const account = createAccount();
  for (const payment of profile.payments ?? []) account.payments.put(payment, Number.NEGATIVE_INFINITY);
  for (const order of profile.orders ?? []) account.orders.put(order, Number.NEGATIVE_INFINITY);
  const isInstalled = profile.isInstalled ?? true;
  world.merchants.set(profile.id, {
    profile,
    account,
    isInstalled,
    permissions: new Set(isInstalled ? world.app.permissions : []),
  });
}

function createInstalls(world: World): Pick<CloverSandbox, 'install' | 'uninstall' | 'setPermissions'> {
  return {
    install: (merchantId) => {
      const merchant = merchantOf(world, merchantId);
      merchant.isInstalled = true;
      merchant.permissions = new Set(world.app.permissions);
      world.tell(merchant, { objectId: `A:${world.app.id}`, type: 'CREATE' });
    },
    uninstall: (merchantId) => {
      const merchant = merchantOf(world, merchantId);
      merchant.isInstalled = false;
      world.tokens.end(merchantId);
      world.tell(merchant, { objectId: `A:${world.app.id}`, type: 'DELETE' });
    },
    setPermissions: (permissions) => {
      world.app = { ...world.app, permissions };
    },
  };
}
