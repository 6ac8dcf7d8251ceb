import type { Authorized, OAuthClient } from '@tributary/core/token-set';
import { createCloverOAuth } from '@tributary/providers/clover/oauth';
import { createGuardedFetch } from '@tributary/providers/fetch/guarded-fetch';
import { createSquareOAuth } from '@tributary/providers/square/oauth';
import { createXeroOAuth } from '@tributary/providers/xero/oauth';
import { type CloverSandboxOptions, createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import type { FaultPlan, RequestFault, ResponseFault } from '@tributary/sandbox/kernel/faults';
import type { LoggedRequest } from '@tributary/sandbox/kernel/simulation';
import type { VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createSquareSandbox } from '@tributary/sandbox/square/sandbox';
import { createXeroSimulator } from '@tributary/sandbox/xero/simulator';
import * as z from 'zod';
import type { Access } from './access-tokens.ts';

export type ProviderName = 'square' | 'clover' | 'xero';

/** A provider that is simulated, asked by our own client of its OAuth. */
export interface SimulatedProvider {
  name: ProviderName;
  oauth: OAuthClient;
  region: string | null;
  /** Somebody lets us in: through its pages, with a code that is traded. */
  authorize(): Promise<Authorized>;
  /** Asks for what the token opens. @throws ProviderError */
  use(access: Access): Promise<unknown>;
  /** How often it was asked to renew, whatever it answered. */
  renewals(): number;
  /** The next questions to renew meet this. */
  disturbRenewal(fault: RequestFault | ResponseFault, times?: number): void;
  /** The merchant ends our access there. */
  withdraw(accountRef: string): void;
}

/** One whose refusals do not say whether the token is dead or opens less than was asked for. */
export interface SilentProvider extends SimulatedProvider {
  /** Asks for what nobody granted. @throws ProviderError */
  overreach(access: Access): Promise<unknown>;
}

let simulated = 0;

/** Every provider that is simulated has merchants of its own. */
const nextSeed = () => {
  simulated += 1;
  return `provider ${simulated}`;
};

const redirectUrl = 'http://127.0.0.1/callback';

interface Wiring {
  fetch: typeof fetch;
  faults: FaultPlan;
  requests(): readonly LoggedRequest[];
  /** Of the question to renew. */
  tokenPath: string;
}

function wire(name: ProviderName, oauth: OAuthClient, region: string | null, wiring: Wiring) {
  const { fetch, faults, requests, tokenPath } = wiring;
  const where = region === null ? {} : { region };
  const asked = () => requests().filter(({ path }) => path === tokenPath).length;
  let exchanges = 0;
  return {
    name,
    oauth,
    region,
    authorize: async () => {
      const page = await fetch(oauth.authorizeUrl({ state: 'state', redirectUrl, ...where }), { redirect: 'manual' });
      const callback = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
      const before = asked();
      const authorized = await oauth.exchange({ callback, redirectUrl, ...where });
      exchanges += asked() - before;
      return authorized;
    },
    renewals: () => asked() - exchanges,
    disturbRenewal: (fault: RequestFault | ResponseFault, times = 1) =>
      faults.plan({ fault, times, on: ({ path }) => path === tokenPath }),
  };
}

export function simulateSquare(clock: VirtualClock): SimulatedProvider {
  const sandbox = createSquareSandbox({ timeline: clock, seed: nextSeed() });
  const guard = { fetch: sandbox.fetch, clock: clock.now };
  const { clientId, clientSecret } = sandbox.registration;
  const ask = createGuardedFetch(guard);
  return {
    ...wire('square', createSquareOAuth({ clientId, clientSecret, guard }), null, {
      ...sandbox,
      tokenPath: '/oauth2/token',
    }),
    use: ({ accessToken }) => ask(new URL('https://connect.squareup.com/v2/locations'), toRequest(accessToken)),
    withdraw: (accountRef) => sandbox.merchant(accountRef).revokeApplication(),
  };
}

export function simulateClover(clock: VirtualClock, tokens: CloverSandboxOptions['tokens'] = {}): SilentProvider {
  const seed = nextSeed();
  const id = seed.replace(/\W/g, '').toUpperCase();
  const app = { permissions: ['MERCHANT_R'] } as const;
  const sandbox = createCloverSandbox({ timeline: clock, seed, merchants: [{ id }], app, tokens, limits: null });
  const guard = { fetch: sandbox.fetch, clock: clock.now };
  const oauth = createCloverOAuth({
    clientId: 'DRKVJT2ZRRRSC',
    clientSecret: '0307e264-b33a-4913-88aa-37b10014a0b8',
    guard,
  });
  const ask = createGuardedFetch(guard);
  const read = ({ accessToken, accountRef }: Access, path = '') =>
    ask(new URL(`https://api.eu.clover.com/v3/merchants/${accountRef}${path}`), toRequest(accessToken));
  return {
    ...wire('clover', oauth, 'eu', { ...sandbox, tokenPath: '/oauth/v2/refresh' }),
    use: (access) => read(access),
    overreach: (access) => read(access, '/payments'),
    withdraw: (accountRef) => sandbox.uninstall(accountRef),
  };
}

export function simulateXero(clock: VirtualClock): SilentProvider {
  const organisations = [{ name: 'Kiwi Books' }, { name: 'Tui Traders' }];
  const sandbox = createXeroSimulator({ timeline: clock, seed: nextSeed(), organisations });
  const guard = { fetch: sandbox.fetch, clock: clock.now };
  const { clientId, clientSecret } = sandbox.app;
  sandbox.answerConsent({ scopes: ['offline_access', 'accounting.settings.read'] });
  const ask = createGuardedFetch(guard);
  const read = ({ accessToken, accountRef }: Access, resource: string) => {
    const { headers, schema } = toRequest(accessToken);
    const url = new URL(`https://api.xero.com/api.xro/2.0/${resource}`);
    return ask(url, { headers: { ...headers, 'xero-tenant-id': accountRef }, schema });
  };
  return {
    ...wire('xero', createXeroOAuth({ clientId, clientSecret, guard }), null, {
      ...sandbox,
      requests: sandbox.simulation.requests,
      tokenPath: '/connect/token',
    }),
    use: (access) => read(access, 'Accounts'),
    overreach: (access) => read(access, 'Invoices'),
    withdraw: sandbox.disconnect,
  };
}

export const simulations = { square: simulateSquare, clover: simulateClover, xero: simulateXero };

const toRequest = (accessToken: string) => ({
  headers: { authorization: `Bearer ${accessToken}` },
  schema: z.unknown(),
});
