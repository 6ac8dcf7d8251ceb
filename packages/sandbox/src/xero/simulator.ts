import { createFaultPlan, type FaultPlan } from '../kernel/faults.ts';
import { createRandom } from '../kernel/random.ts';
import { createSandboxFetch } from '../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../kernel/timeline.ts';
import { createAccess } from './access.ts';
import { accountingRoutes, type Judgments } from './accounting-routes.ts';
import { sandboxApp, type XeroApp } from './app.ts';
import { createConnections } from './connections.ts';
import { type Answer, createConsent } from './consent.ts';
import { notFound } from './errors.ts';
import { identityRoutes } from './identity-routes.ts';
import { createLimits } from './limits.ts';
import { createOrganisation, type Organisation, type OrganisationOptions } from './organisation.ts';
import { createTokens } from './tokens.ts';
import type { EventDialect } from './webhook-events.ts';
import { createWebhooks, type XeroWebhooks } from './webhooks.ts';

export interface XeroOptions {
  /** Same seed and same calls: same bytes. 1 unless told. */
  readonly seed?: string | number;
  readonly organisations: readonly OrganisationOptions[];
  readonly app?: Partial<XeroApp>;
  /** Real time unless told. */
  readonly timeline?: Timeline;
  readonly latencyMs?: () => number;
  readonly judgments?: Partial<Judgments>;
  readonly webhooks?: {
    readonly dialect?: EventDialect;
    /** 1000 unless told. */
    readonly batchMs?: number;
    /** Of one delivery; 100 unless told. */
    readonly maximumEvents?: number;
    /** How to reach the receiver; over HTTP unless told. */
    readonly fetch?: typeof fetch;
  };
}

export interface XeroSimulator {
  readonly app: XeroApp;
  /** Asks it without a network; the origin of the URL does not matter. */
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
  readonly webhooks: XeroWebhooks;
  /** In the order in which they were given. */
  readonly organisations: readonly Organisation[];
  organisation(tenantId: string): Organisation;
  /** What the user does on Xero's page from now on; at first one user picks all organisations and grants all. */
  answerConsent(answer: Partial<Answer>): void;
  /** As users break the connection to one organisation within Xero. Their tokens still refresh. */
  disconnect(tenantId: string): void;
  /** As a user withdraws all: no connection holds, no refresh token works. */
  withdraw(userId: string): void;
  /** Bytes of bodies that went out for a tenant: what Xero meters. */
  egressBytes(tenantId: string): number;
}

/** Xero without its network. See `behaviours.ts` for what it does and on what grounds. */
export function createXeroSimulator(options: XeroOptions): XeroSimulator {
  const parties = createParties(options);
  const { app, faults, tokens, connections, webhooks, organisations, limits, consentAnswer } = parties;
  const simulation = simulate(options, parties);
  return {
    app,
    fetch: createSandboxFetch(simulation),
    simulation,
    faults,
    webhooks,
    organisations: [...organisations.values()],
    organisation: (tenantId) => {
      const found = organisations.get(tenantId);
      if (found === undefined) throw new Error(`There is no organisation ${tenantId}.`);
      return found;
    },
    answerConsent: (changed) => Object.assign(consentAnswer, changed),
    disconnect: (tenantId) => {
      connections.disconnect({ tenantId });
    },
    withdraw: (userId) => {
      tokens.revoke(userId);
      connections.disconnect({ userId });
    },
    egressBytes: limits.egressBytes,
  };
}

type Parties = ReturnType<typeof createParties>;

function createParties(options: XeroOptions) {
  const { seed = 1, timeline = systemTimeline } = options;
  const random = createRandom(`xero/${seed}`);
  const { now } = timeline;
  const app: XeroApp = { ...sandboxApp, ...options.app };
  const faults = createFaultPlan();
  const tokens = createTokens({ clientId: app.clientId, random: random.fork('tokens'), now });
  const connections = createConnections({ random: random.fork('connections'), now });
  const webhooks = createWebhooks({
    timeline,
    faults,
    random: random.fork('webhooks'),
    isConnected: connections.hasTenant,
    dialect: 'specification',
    batchMs: 1000,
    maximumEvents: 100,
    fetch: globalThis.fetch,
    ...options.webhooks,
  });
  const opened = options.organisations.map((given, index) =>
    createOrganisation(given, { random: random.fork(`organisation ${index}`), now, onChange: webhooks.announce }),
  );
  const organisations = new Map(opened.map((organisation) => [organisation.id, organisation]));
  const tenantIds = [...organisations.keys()];
  const consentAnswer: Answer = { userId: random.fork('user').uuid(), organisations: tenantIds };
  const limits = createLimits({ tier: app.tier, tenantIds, random: random.fork('limits'), now });
  const access = createAccess({ tokens, connections, organisations, random: random.fork('refusals') });
  return { random, timeline, app, faults, tokens, connections, webhooks, organisations, consentAnswer, limits, access };
}

function simulate(options: XeroOptions, parties: Parties): Simulation {
  const { app, connections, random, timeline, faults, limits } = parties;
  const { now } = timeline;
  const consent = createConsent({
    app,
    connections,
    random: random.fork('consent'),
    now,
    answer: () => parties.consentAnswer,
  });
  const accounting = accountingRoutes({
    providerName: app.name,
    access: parties.access,
    judgments: { nothingNew: 'empty_list', sinceIncludesItsSecond: true, ...options.judgments },
    random: random.fork('answers'),
    now,
  });
  return createSimulation({
    routes: [...identityRoutes({ ...parties, consent }), ...accounting],
    unmatched: (_request, allowed) => (allowed.length > 0 ? { status: 405, body: null } : notFound),
    refuse: (status) => ({ status, headers: status === 429 ? plannedLimit : {}, body: null }),
    limits,
    headersOf: limits.headersOf,
    timeline,
    faults,
    ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }),
  });
}

/** A fault's 429 says that the minute is used up, whatever the counters say. */
const plannedLimit = { 'x-rate-limit-problem': 'minute', 'x-minlimit-remaining': '0' };
