import type { ProviderCall } from '@tributary/core/provider-call';
import * as z from 'zod';
import { isoCurrency, publicHost } from '../credentials.ts';
import { ianaZone } from '../iana-zone.ts';
import { type Credentials, defineNetwork, type NetworkDescriptor, type VerifiedAccount } from '../network.ts';
import { fetchDaily } from './transactions.ts';

const descriptor: NetworkDescriptor = {
  slug: 'post-affiliate-pro',
  name: 'Post Affiliate Pro',
  status: 'beta',
  authType: 'bearer',
  credentials: [
    { name: 'host', label: 'Account host', secret: false, pattern: publicHost },
    { name: 'apiKey', label: 'API key', secret: true, pattern: /^[\x21-\x7e]{16,500}$/ },
    ianaZone,
    isoCurrency,
  ],
  baseUrl: null,
  windowDays: 366,
  rateLimit: { calls: 100, seconds: 60, scope: 'account' },
  timeZone: null,
  currency: null,
  metrics: ['signups', 'ftdCount', 'depositsMinor', 'commissionMinor'],
  limitations: [
    'It is the programme of a merchant that is read: its affiliates are sub IDs, campaigns are by number.',
    'Sales count as first deposits and actions as sign-ups; clicks are not reported.',
    'Pending commissions are counted, declined ones are not; refunds and chargebacks are taken off on their own day.',
    'The API cannot be asked for days: all transactions are read each time, a thousand calls for a hundred thousand.',
    'The time zone is that of the server, America/Los_Angeles unless it was changed.',
    'Its pages are documented within each account only: fields were read as others have met them.',
  ],
  documentation: 'https://support.qualityunit.com/868880-API-v3-documentation-overview',
};

/** A merchant's account at Post Affiliate Pro. It states neither zone nor currency: whoever connects it does. */
export const postAffiliatePro = defineNetwork(descriptor, {
  addressOf: ({ apiKey = '' }, apiUrl) => ({
    url: `${apiUrl}/api/v3`,
    headers: { authorization: `Bearer ${apiKey}` },
  }),
  verifyAuth,
  fetchDaily,
});

async function verifyAuth(call: ProviderCall, credentials: Credentials): Promise<VerifiedAccount> {
  const { host = '', timeZone = '', currency = '' } = credentials;
  await call({ path: 'affiliates', query: { limit: '1' } }, z.object({ data: z.unknown() }));
  return { accountRef: host, name: null, timeZone, currency };
}
