import type { DailyMetric, DailySource } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';
import type { LimitScope, RateLimit } from '@tributary/core/rate-limit';
import type { TokenSet } from '@tributary/core/token-set';
import type { Address } from '../address.ts';
import type { GuardedCall } from '../fetch/guarded-fetch.ts';

/** What somebody types in to connect a network. */
export interface CredentialField {
  name: string;
  /** As the network's own pages call it. */
  label: string;
  secret: boolean;
  /** Of the whole text. Checked before anything is asked (A54). */
  pattern: RegExp;
}

/** So many calls in so many seconds. */
export interface PublishedLimit {
  calls: number;
  seconds: number;
  scope: LimitScope;
}

/** By the names of the network's credential fields. */
export type Credentials = Readonly<Record<string, string>>;

/** What there is to know of a network before it is asked anything. */
export interface NetworkDescriptor {
  /** Also the provider's name in sync.connections. */
  slug: string;
  name: string;
  /** `beta`: written from the documentation, and no real account was asked yet. */
  status: 'active' | 'beta';
  authType: 'api_key' | 'bearer' | 'basic' | 'login' | 'upload';
  credentials: readonly CredentialField[];
  /** Of its API. Null where each operator has a host of its own, which then is the credential field `host`, and for what is uploaded. */
  baseUrl: string | null;
  /** How many days one question may cover. */
  windowDays: number;
  /** How often it may be asked, as it publishes; null when it does not. */
  rateLimit: PublishedLimit | null;
  /** IANA name of the zone in which it counts days; null when the account tells. */
  timeZone: string | null;
  /** ISO 4217; null when the account tells. */
  currency: string | null;
  /** What it reports; of the others its rows say 0, which means that nobody knows. */
  metrics: readonly DailyMetric[];
  /** What it cannot do or we do not ask, in plain words for whoever connects it. */
  limitations: readonly string[];
  /** Of its API. */
  documentation: string;
}

/** The account that credentials open. */
export interface VerifiedAccount {
  /** The network's own id of the account. */
  accountRef: string;
  name: string | null;
  /** IANA name. */
  timeZone: string;
  /** ISO 4217. */
  currency: string;
}

interface NetworkCalls {
  /**
   * Where its API is and what opens it. Credentials go nowhere else but here: what is asked, path, query and body, is kept.
   * `apiUrl` is the base URL, or `https://` and the credential `host`; a simulator's in tests.
   */
  addressOf(credentials: Credentials, apiUrl: string): Address;
  /**
   * Where credentials open nothing themselves: trades them for tokens. Then the access token is the text that `networkAddress` reads
   * and the refresh token the credentials, to be traded again. @throws ProviderError `unauthorized` when they are refused
   */
  signIn?(credentials: Credentials, call: GuardedCall, now: Date): Promise<TokenSet>;
  /** Asks what the credentials open. @throws ProviderError `unauthorized` when they open nothing */
  verifyAuth(call: ProviderCall, credentials: Credentials): Promise<VerifiedAccount>;
}

/** One affiliate network: what it is, how it is reached, what it says of each day. */
export interface Network extends NetworkDescriptor, NetworkCalls {
  source: DailySource;
  /** What we keep to: never more than it publishes. */
  limits: readonly RateLimit[];
}

export function defineNetwork(
  descriptor: NetworkDescriptor,
  { fetchDaily, ...calls }: NetworkCalls & Pick<DailySource, 'fetchDaily'>,
): Network {
  const { windowDays, rateLimit } = descriptor;
  return { ...descriptor, ...calls, source: { windowDays, fetchDaily }, limits: limitsWithin(rateLimit) };
}

const minute = 60;

/** A budget counts seconds, minutes and days: the one that allows no more than the limit does over its own window. */
function limitsWithin(published: PublishedLimit | null): RateLimit[] {
  if (published === null) return [];
  const { calls, seconds, scope } = published;
  if (seconds <= 1) return [{ scope, window: 'second', limit: calls }];
  if (seconds <= minute) return [{ scope, window: 'minute', limit: calls }];
  const perMinute = Math.floor((calls * minute) / seconds);
  return [perMinute >= 1 ? { scope, window: 'minute', limit: perMinute } : { scope, window: 'day', limit: calls }];
}
