import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { isoCurrency } from '../credentials.ts';
import { type Credentials, defineNetwork, type NetworkDescriptor, type VerifiedAccount } from '../network.ts';
import { fetchDaily } from './report.ts';
import { askTimeZones } from './time-zones.ts';

const descriptor: NetworkDescriptor = {
  slug: 'everflow',
  name: 'Everflow',
  status: 'beta',
  authType: 'api_key',
  credentials: [
    { name: 'apiKey', label: 'API key', secret: true, pattern: /^[A-Za-z0-9_-]{16,64}$/ },
    { name: 'affiliateId', label: 'Affiliate ID', secret: false, pattern: /^[1-9]\d{0,9}$/ },
    isoCurrency,
  ],
  baseUrl: 'https://api.eflow.team',
  windowDays: 31,
  rateLimit: { calls: 5, seconds: 1, scope: 'account' },
  timeZone: null,
  currency: null,
  metrics: ['clicks', 'signups', 'ftdCount', 'commissionMinor'],
  limitations: [
    'Conversions count as sign-ups and events as first deposits; deposits and gaming revenue are not reported.',
    'Conversions on hold are not counted until the network approves them.',
    'Amounts are converted by Everflow to the currency that was stated, which is to be the one it pays in.',
    'Campaigns are offers, by number. A day with more than 10,000 combinations of offer, source and sub ID is incomplete.',
    'The affiliate ID is not checked, and accounts that Everflow hosts in the European Union cannot be connected yet.',
  ],
  documentation: 'https://developers.everflow.io/api-reference/affiliate-overview',
};

const networkInfo = z.object({
  network_id: z.int().positive(),
  displayed_name: z.string().nullish(),
  timezone_id: z.int(),
});

/** An affiliate's account on a network that runs on Everflow. Its days are those of the network's own pages. */
export const everflow = defineNetwork(descriptor, {
  addressOf: ({ apiKey = '' }, apiUrl) => ({ url: apiUrl, headers: { 'x-eflow-api-key': apiKey } }),
  verifyAuth,
  fetchDaily,
});

async function verifyAuth(call: ProviderCall, credentials: Credentials): Promise<VerifiedAccount> {
  const { network_id, displayed_name, timezone_id } = await call({ path: 'v1/affiliates/network' }, networkInfo);
  const zone = (await askTimeZones(call)).find((one) => one.timezone_id === timezone_id);
  if (zone === undefined)
    throw new ProviderError('invalid_response', 'everflow: the time zone of the network is not among its own');
  return {
    // One network has many affiliates.
    accountRef: `${network_id}-${credentials.affiliateId}`,
    name: displayed_name ?? null,
    timeZone: zone.timezone,
    currency: credentials.currency ?? '',
  };
}
