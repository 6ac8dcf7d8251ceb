import type { ProviderCall } from '@tributary/core/provider-call';
import * as z from 'zod';
import { type Credentials, defineNetwork, type NetworkDescriptor, type VerifiedAccount } from '../network.ts';
import { fetchDaily, windowDays } from './actions.ts';
import { readTimeZone } from './time-zone.ts';

const descriptor: NetworkDescriptor = {
  slug: 'impact',
  name: 'impact.com',
  status: 'beta',
  authType: 'basic',
  credentials: [
    { name: 'accountSid', label: 'Account SID', secret: false, pattern: /^[A-Za-z0-9]{16,64}$/ },
    { name: 'authToken', label: 'Auth token', secret: true, pattern: /^[\x21-\x7e]{16,128}$/ },
  ],
  baseUrl: 'https://api.impact.com',
  windowDays,
  rateLimit: { calls: 1000, seconds: 3600, scope: 'account' },
  timeZone: null,
  currency: null,
  metrics: ['ftdCount', 'depositsMinor', 'commissionMinor'],
  limitations: [
    'Each action counts as a first deposit, its sale amount as the deposit; clicks and sign-ups are not reported.',
    'Pending actions are counted; reversed ones are taken back from the day on which they happened.',
    "Actions in another currency than the account's stop the import: such programmes cannot be read.",
    'Campaigns are by number, the source is the shared ID and the sub ID is the first one.',
  ],
  documentation: 'https://integrations.impact.com/impact-publisher/reference',
};

const companyInformation = z.object({
  CompanyName: z.string().nullish(),
  Timezone: z.string(),
  Currency: z.string().regex(/^[A-Z]{3}$/),
});

/** A media partner's account at impact.com. */
export const impact = defineNetwork(descriptor, {
  addressOf: ({ accountSid = '', authToken = '' }, apiUrl) => ({
    url: `${apiUrl}/Mediapartners/${encodeURIComponent(accountSid)}`,
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
  }),
  verifyAuth,
  fetchDaily,
});

async function verifyAuth(call: ProviderCall, { accountSid = '' }: Credentials): Promise<VerifiedAccount> {
  const { CompanyName, Timezone, Currency } = await call({ path: 'CompanyInformation' }, companyInformation);
  return { accountRef: accountSid, name: CompanyName ?? null, timeZone: readTimeZone(Timezone), currency: Currency };
}
