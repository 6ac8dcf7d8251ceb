import { accountOf } from '@tributary/affiliate/account/account-of';
import type { ProviderCall } from '@tributary/core/provider-call';
import type { PullSource } from '@tributary/core/pull-source';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { waitingFor } from '@tributary/inbox/waiting-for';
import { activateRule } from '@tributary/loyalty/rule/activate-rule';
import { createRule } from '@tributary/loyalty/rule/create-rule';
import { requestUrl } from '@tributary/providers/address';
import * as cloverAddress from '@tributary/providers/clover/address';
import * as cloverLimits from '@tributary/providers/clover/limits';
import { createCloverSource } from '@tributary/providers/clover/source';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import * as squareAddress from '@tributary/providers/square/address';
import * as squareLimits from '@tributary/providers/square/limits';
import { createSquareSource } from '@tributary/providers/square/source';
import * as xeroAddress from '@tributary/providers/xero/address';
import * as xeroLimits from '@tributary/providers/xero/limits';
import { createXeroSource } from '@tributary/providers/xero/source';
import type { VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createBudgets, type Limit } from '@tributary/sync/budget/budgets';
import { connect } from '@tributary/sync/connection/connect';
import type { AccessTokens } from '@tributary/sync/credential/access-tokens';
import type { CheckDependencies } from '@tributary/sync/reconcile/check-day';
import {
  type RunDependencies,
  type RunFailure,
  type RunOutcome,
  runConnection,
} from '@tributary/sync/run/run-connection';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { heldOf } from '../runtime/checks.ts';
import { createProviderCalls } from '../runtime/provider-calls.ts';
import { ofEach } from '../runtime/providers.ts';
import { createApplyFacts } from '../runtime/registry.ts';

export type ProviderName = 'square' | 'clover' | 'xero';

/** An account at a simulated provider. */
export interface Account {
  provider: ProviderName;
  accountRef: string;
  accessToken: string;
  fetch: typeof fetch;
}

/** An organization with one connection. */
export interface Shop extends Account {
  orgId: string;
  connectionId: string;
}

export interface OfficeOptions {
  database: TestDatabase;
  clock: VirtualClock;
  pageSize?: number;
  /** For a whole exchange, in real time. */
  timeoutMs?: number;
  /** What the providers grant; as they do unless told. */
  limits?: Readonly<Record<string, readonly Limit[]>>;
}

export interface Office {
  database: TestDatabase;
  clock: VirtualClock;
  /** All there is to a run, as deployed but for addresses, tokens and the clock. */
  runs: Omit<RunDependencies, 'mayGoOn'>;
  /** The same to a comparison of a day. */
  checks: CheckDependencies;
  calls: ReturnType<typeof createProviderCalls>;
  sources: Readonly<Record<ProviderName, PullSource>>;
  failures: RunFailure[];
  /** Connects an account, to an organization of its own unless told. */
  open(account: Account, orgId?: string): Promise<Shop>;
  /** Asks for a shop that another office has opened. */
  adopt(shop: Shop): void;
  run(shop: Shop, changed?: Partial<RunDependencies>): Promise<RunOutcome>;
  rows<Row>(sql: string, ...values: unknown[]): Promise<Row[]>;
  /** As the lease of a worker that is gone ends by time. */
  endLease(shop: Shop): Promise<void>;
}

const day = 24 * 60 * 60_000;

/** What asks providers, composed as in `runtime/sync.ts` and `runtime/checks.ts`. */
export function openOffice({ database, clock, pageSize, timeoutMs = 5000, limits = granted }: OfficeOptions): Office {
  const shops = new Map<string, Shop>();
  const failures: RunFailure[] = [];
  const sized = pageSize === undefined ? {} : { pageSize };
  const sources = {
    square: createSquareSource(sized),
    clover: createCloverSource({ ...sized, clock: clock.now }),
    xero: createXeroSource(sized),
  };
  const calls = composeCalls({ database, clock, timeoutMs, limits, shops });
  const applyFacts = createApplyFacts(clock.now);
  const runs: Office['runs'] = {
    worker: database.worker,
    clock: clock.now,
    sources,
    callOf: (connection) => calls(connection, 'walk'),
    applyFacts: (tx, told) => applyFacts(tx, [told]),
    backfillMs: { square: 30 * day, clover: 30 * day, xero: 400 * day },
    days: { sources: {}, accountOf, apply: async () => 0, backfillDays: {} },
    report: (failure) => failures.push(failure),
  };
  const checks: CheckDependencies = {
    worker: database.worker,
    clock: clock.now,
    days: ofEach(({ days }) => days),
    held: heldOf,
    callOf: runs.callOf,
    waitingFor: (connection, externalIds) => waitingFor(database.system, connection, externalIds),
  };
  const rows: Office['rows'] = async (sql, ...values) => (await database.superuser.query(sql, values)).rows;
  return {
    ...{ database, clock, runs, checks, calls, sources, failures, rows },
    open: async (account, orgId) => {
      const owner = orgId ?? (await openBooks(database));
      const connectionId = await connectAccount(database, clock, account, owner);
      const shop = { ...account, orgId: owner, connectionId };
      shops.set(shop.connectionId, shop);
      return shop;
    },
    adopt: (shop) => void shops.set(shop.connectionId, shop),
    run: ({ orgId, connectionId }, changed = {}) =>
      runConnection({ ...runs, mayGoOn: () => true, ...changed }, { orgId, connectionId, trigger: 'schedule' }),
    endLease: async ({ connectionId }) => {
      await rows(
        `update sync.connections set run_leased_until = now() - interval '1 second' where id = $1`,
        connectionId,
      );
    },
  };
}

const granted = { square: squareLimits.limits, clover: cloverLimits.limits, xero: xeroLimits.limits };

interface Wiring extends Required<Pick<OfficeOptions, 'database' | 'clock' | 'timeoutMs' | 'limits'>> {
  shops: ReadonlyMap<string, Shop>;
}

/** Every connection has a host of its own, by which its simulator is found. */
function composeCalls({ database, clock, timeoutMs, limits, shops }: Wiring) {
  const apiUrl = (region: string | null) => `https://${region}.test`;
  const fetchFrom: typeof fetch = async (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    const shop = shops.get(hostname.replace('.test', ''));
    if (shop === undefined) throw new Error(`Nobody answers at ${hostname}.`);
    return shop.fetch(input, init);
  };
  const tokens: Pick<AccessTokens, 'withToken'> = {
    withToken: async ({ connectionId }, call) => {
      const { provider, accountRef, accessToken } = shops.get(connectionId) as Shop;
      return call({ provider, accountRef, accessToken, region: connectionId });
    },
  };
  return createProviderCalls({
    apis: {
      square: { apiUrl, deniedStatus: 403, ...addresses.square, ...squareLimits },
      clover: { apiUrl, ...addresses.clover, ...cloverLimits },
      xero: { apiUrl, ...addresses.xero, ...xeroLimits },
    },
    tokens,
    budgets: createBudgets({ system: database.system, limits, clock: clock.now }),
    guardedCall: createGuardedCall({ fetch: fetchFrom, timeoutMs, clock: clock.now }),
    clock: clock.now,
    pause: (ms) => clock.advance(ms),
  });
}

const addresses = { square: squareAddress, clover: cloverAddress, xero: xeroAddress };

/** Asks for an account and keeps nothing: no budget, no record. */
export function createDirectCall({ provider, accountRef, accessToken, fetch }: Account): ProviderCall {
  const guarded = createGuardedCall({ fetch });
  const { url, headers } = addresses[provider].addressOf({ apiUrl: 'https://direct.test', accountRef, accessToken });
  return async (request, schema) => {
    const { method = 'GET', json } = request;
    const body = json === undefined ? {} : { json: json as object };
    const asked = { method, headers: { ...headers, ...request.headers }, schema, ...body };
    return (await guarded(requestUrl(url, request), asked)).body;
  };
}

async function connectAccount(
  { system, superuser }: TestDatabase,
  { now }: VirtualClock,
  { provider, accountRef }: Account,
  orgId: string,
): Promise<string> {
  const { connectionId } = await withSystem(system, (tx) => connect(tx, { orgId, provider, accountRef }));
  await superuser.query('update sync.connections set connected_at = $2, next_run_at = $2 where id = $1', [
    connectionId,
    now(),
  ]);
  return connectionId;
}

/** An organization that gives a point for each unit of money. */
export async function openBooks(database: TestDatabase): Promise<string> {
  const orgId = await createOrganization(database);
  await withTenant({ database: database.api, orgId }, async (tx) => {
    const rule = await createRule({ tx, actor: 'test' }, { config: { conversionRate: 1 } });
    await activateRule({ tx, actor: 'test' }, { ruleId: rule.id, effectiveFrom: '2020-01-01T00:00:00Z' });
  });
  return orgId;
}
