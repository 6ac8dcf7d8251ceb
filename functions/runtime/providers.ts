import { systemClock } from '@tributary/core/clock';
import type { DaySource } from '@tributary/core/day-source';
import type { Fact } from '@tributary/core/facts';
import type { JointQuestion } from '@tributary/core/joint-question';
import type { ProviderCall } from '@tributary/core/provider-call';
import type { ProviderEvent } from '@tributary/core/provider-event';
import type { PullSource } from '@tributary/core/pull-source';
import type { OAuthClient, RenewalPolicy } from '@tributary/core/token-set';
import type { PendingEvent, Sequences } from '@tributary/inbox/registry';
import type { ApplicationSecret, Setting } from '@tributary/infra/specs';
import * as cloverAddress from '@tributary/providers/clover/address';
import { cloverDays } from '@tributary/providers/clover/day';
import { explode as explodeClover } from '@tributary/providers/clover/explode';
import * as cloverLimits from '@tributary/providers/clover/limits';
import { cloverRegions, renewal as cloverRenewal, createCloverOAuth } from '@tributary/providers/clover/oauth';
import { resolve as resolveClover } from '@tributary/providers/clover/resolve';
import { createCloverSource } from '@tributary/providers/clover/source';
import type { GuardOptions } from '@tributary/providers/fetch/guarded-fetch';
import type { RateLimit } from '@tributary/providers/rate-limit';
import * as squareAddress from '@tributary/providers/square/address';
import { squareDays } from '@tributary/providers/square/day';
import { explode as explodeSquare } from '@tributary/providers/square/explode';
import { jointOrders } from '@tributary/providers/square/joint-orders';
import * as squareLimits from '@tributary/providers/square/limits';
import { createSquareOAuth, renewal as squareRenewal } from '@tributary/providers/square/oauth';
import { resolve as resolveSquare } from '@tributary/providers/square/resolve';
import { createSquareSource } from '@tributary/providers/square/source';
import * as xeroAddress from '@tributary/providers/xero/address';
import { xeroDays } from '@tributary/providers/xero/day';
import { explode as explodeXero, sequencesOf as xeroSequencesOf } from '@tributary/providers/xero/explode';
import * as xeroLimits from '@tributary/providers/xero/limits';
import { createXeroOAuth, renewal as xeroRenewal } from '@tributary/providers/xero/oauth';
import { resolve as resolveXero } from '@tributary/providers/xero/resolve';
import { createXeroSource } from '@tributary/providers/xero/source';
import { ConfigurationError, plainSecret, setting } from './config.ts';
import { isLoopback } from './loopback.ts';
import type { ProviderApi } from './provider-calls.ts';

/** All there is to know of a provider: a new one is an entry here. */
export interface Provider extends ProviderApi {
  /** Takes a delivery apart. */
  explode(body: Uint8Array): ProviderEvent[];
  /** The facts behind an event. */
  resolve(event: PendingEvent, call: ProviderCall): Promise<Fact[]>;
  /** What its events ask for, where several can ask at once. */
  joint?: JointQuestion;
  /** The numbers of its events in a delivery, where it numbers them. */
  sequencesOf?(body: Uint8Array): Sequences | null;
  source: PullSource;
  /** What a day is compared by. */
  days: DaySource;
  limits: readonly RateLimit[];
  /** How often a connection is pulled from, webhooks or not. */
  pullEveryMs: number;
  /** How far back of its being connected it is pulled from at first. */
  backfillMs: number;
  /** When its tokens must be renewed. */
  renewal: RenewalPolicy;
  /** This stage's application there. */
  oauth(guard: GuardOptions): OAuthClient;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** Which of a provider's environments this stage is in: `production`, `sandbox`, or a simulator on this machine by its address. */
function environment<Named>(
  name: Setting,
  named: Readonly<Record<string, Named>>,
  simulated: (url: string) => Named,
): Named {
  const value = setting(name);
  const known = Object.hasOwn(named, value) ? named[value] : undefined;
  if (known !== undefined) return known;
  if (isLoopback(value)) return simulated(value);
  throw new ConfigurationError(name, `${Object.keys(named).join(' or ')}, or a simulator's loopback address`);
}

const application = (clientId: Setting, clientSecret: ApplicationSecret) => ({
  clientId: setting(clientId),
  clientSecret: plainSecret(clientSecret),
});

const squareUrl = () =>
  environment(
    'SQUARE_ENVIRONMENT',
    { production: 'https://connect.squareup.com', sandbox: 'https://connect.squareupsandbox.com' },
    (url) => url,
  );

const square: Provider = {
  explode: explodeSquare,
  resolve: resolveSquare,
  joint: jointOrders,
  renewal: squareRenewal,
  source: createSquareSource(),
  days: squareDays,
  pullEveryMs: 15 * minute,
  backfillMs: 30 * day,
  apiUrl: squareUrl,
  deniedStatus: 403,
  oauth: (guard) =>
    createSquareOAuth({ ...application('SQUARE_CLIENT_ID', 'SquareClientSecret'), baseUrl: squareUrl(), guard }),
  ...squareAddress,
  ...squareLimits,
};

/** By region; the first is taken where none was told. */
const cloverHosts = () => {
  const { sandbox, ...production } = cloverRegions;
  return environment<Readonly<Record<string, { authorizeUrl: string; apiUrl: string }>>>(
    'CLOVER_ENVIRONMENT',
    { production, sandbox: { sandbox } },
    (url) => ({ simulator: { authorizeUrl: url, apiUrl: url } }),
  );
};

const clover: Provider = {
  explode: explodeClover,
  resolve: resolveClover,
  renewal: cloverRenewal,
  source: createCloverSource(),
  days: cloverDays,
  pullEveryMs: 15 * minute,
  backfillMs: 30 * day,
  apiUrl: (region) => {
    const hosts = cloverHosts();
    const host = region !== null && Object.hasOwn(hosts, region) ? hosts[region] : Object.values(hosts)[0];
    if (host === undefined) throw new ConfigurationError('CLOVER_ENVIRONMENT', 'an environment with a region');
    return host.apiUrl;
  },
  oauth: (guard) =>
    createCloverOAuth({ ...application('CLOVER_CLIENT_ID', 'CloverClientSecret'), regions: cloverHosts(), guard }),
  ...cloverAddress,
  ...cloverLimits,
};

const xeroHosts = () =>
  environment(
    'XERO_ENVIRONMENT',
    {
      production: {
        loginUrl: 'https://login.xero.com',
        identityUrl: 'https://identity.xero.com',
        apiUrl: 'https://api.xero.com',
      },
    },
    (url) => ({ loginUrl: url, identityUrl: url, apiUrl: url }),
  );

const xero: Provider = {
  explode: explodeXero,
  resolve: resolveXero,
  sequencesOf: xeroSequencesOf,
  renewal: xeroRenewal,
  source: createXeroSource(),
  days: xeroDays,
  pullEveryMs: 60 * minute,
  // An accounting cache wants all there is.
  backfillMs: 20 * 365 * day,
  apiUrl: () => xeroHosts().apiUrl,
  oauth: (guard) =>
    createXeroOAuth({ ...application('XERO_CLIENT_ID', 'XeroClientSecret'), hosts: xeroHosts(), guard }),
  ...xeroAddress,
  ...xeroLimits,
};

export const providers = { square, clover, xero } as const satisfies Record<string, Provider>;

/** One part of every provider, by name. */
export function ofEach<Part>(part: (provider: Provider) => Part): Readonly<Record<string, Part>> {
  return Object.fromEntries(Object.entries(providers).map(([name, provider]) => [name, part(provider)]));
}

/** How this stage asks providers: what holds for every question, and the stage's application at each. */
export function providerAccess() {
  const environments = [
    'SQUARE_ENVIRONMENT',
    'CLOVER_ENVIRONMENT',
    'XERO_ENVIRONMENT',
    'AFFILIATE_ENVIRONMENT',
  ] as const;
  // Simulators speak plain http.
  const guard = { allowLoopback: environments.some((name) => isLoopback(setting(name))), clock: systemClock };
  return { guard, oauth: ofEach(({ oauth }) => oauth(guard)) };
}
