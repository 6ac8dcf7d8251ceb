import { systemClock } from '@tributary/core/clock';
import type { DailySource } from '@tributary/core/daily-stats';
import type { RateLimit } from '@tributary/core/rate-limit';
import type { OAuthClient } from '@tributary/core/token-set';
import { networkAddress } from '@tributary/providers/affiliate/credentials';
import type { Network } from '@tributary/providers/affiliate/network';
import { networks } from '@tributary/providers/affiliate/networks';
import { createGuardedCall, type GuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import { ConfigurationError, setting } from './config.ts';
import { isLoopback } from './loopback.ts';
import type { ProviderApi } from './provider-calls.ts';

/** Where simulators of the networks are, each below its slug; null when the stage asks the real ones. */
export function simulatedNetworks(): string | null {
  const value = setting('AFFILIATE_ENVIRONMENT');
  if (value === 'production') return null;
  if (isLoopback(value)) return value;
  throw new ConfigurationError('AFFILIATE_ENVIRONMENT', 'production, or a simulator’s loopback address');
}

/** One part of every network, by slug. */
export function ofEachNetwork<Part>(part: (network: Network) => Part): Readonly<Record<string, Part>> {
  return Object.fromEntries(Object.entries(networks).map(([slug, network]) => [slug, part(network)]));
}

export const dailySources: Readonly<Record<string, DailySource>> = ofEachNetwork(({ source }) => source);

export const networkLimits: Readonly<Record<string, readonly RateLimit[]>> = ofEachNetwork(({ limits }) => limits);

/** How each network is reached: its credentials say where, or the simulators are asked. */
export function networkApis(): Readonly<Record<string, ProviderApi>> {
  const simulated = simulatedNetworks();
  // Reports are computed while one waits, and may be of a month.
  const guard = { timeoutMs: 60_000, maxResponseBytes: 16 * 1024 * 1024, clock: systemClock };
  const guardedCall = createGuardedCall({ ...guard, allowLoopback: simulated !== null });
  return ofEachNetwork((network) => ({
    apiUrl: () => network.baseUrl ?? '',
    addressOf: networkAddress(network, simulated === null ? null : `${simulated}/${network.slug}`),
    guardedCall,
    // A report of a month is many pages, and is lost with one of them.
    retriesAfterMs: [1_000, 4_000],
    // None of them says what is left.
    budgetsIn: () => [],
  }));
}

/** What a network's tokens are asked for with: of its own directory, or of its simulator. */
export function directoryCall({ slug }: Network, simulated: string | null, guardedCall: GuardedCall): GuardedCall {
  if (simulated === null) return guardedCall;
  return (url, request) => guardedCall(new URL(`${simulated}/${slug}${url.pathname}${url.search}`), request);
}

/** For the renewal of credentials, which asks every provider alike. @param guardedCall asks the directories of those that have one */
export function networkClients(guardedCall: GuardedCall): Readonly<Record<string, OAuthClient>> {
  const simulated = simulatedNetworks();
  return ofEachNetwork((network) => {
    const { signIn } = network;
    if (signIn === undefined) return byHand;
    const call = directoryCall(network, simulated, guardedCall);
    return { ...byHand, refresh: ({ refreshToken }) => signIn(JSON.parse(refreshToken), call, systemClock()) };
  });
}

/** A key is given by hand: nobody is sent to a network to let us in, nothing is renewed, and only its owner ends it there. */
const byHand: OAuthClient = {
  usesPkce: false,
  scopes: [],
  regions: [],
  renewal: { renewAfterMs: null, alertAfterMs: null, idleLimitMs: null, rotates: false, formerTokenGraceMs: 0 },
  authorizeUrl: () => notByRedirect(),
  exchange: async () => notByRedirect(),
  refresh: async () => notByRedirect(),
  revoke: async () => 'by_merchant_only',
};

function notByRedirect(): never {
  throw new Error('an affiliate network is connected by key');
}
