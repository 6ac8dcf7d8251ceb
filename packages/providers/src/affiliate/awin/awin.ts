import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { isoCurrency } from '../credentials.ts';
import { type Credentials, defineNetwork, type NetworkDescriptor, type VerifiedAccount } from '../network.ts';
import { fetchDaily, windowDays } from './transactions.ts';

/** https://help.awin.com/apidocs/timezones */
const timeZones = [
  'America/Sao_Paulo|Australia/Sydney|Canada/(?:Eastern|Central|Mountain|Pacific)',
  'Europe/(?:Berlin|Helsinki|Paris|London|Dublin)|US/(?:Eastern|Central|Mountain|Pacific)|UTC',
].join('|');

const descriptor: NetworkDescriptor = {
  slug: 'awin',
  name: 'Awin',
  status: 'beta',
  authType: 'bearer',
  credentials: [
    { name: 'accessToken', label: 'API token', secret: true, pattern: /^[A-Za-z0-9-]{16,128}$/ },
    { name: 'publisherId', label: 'Publisher ID', secret: false, pattern: /^[1-9]\d{0,11}$/ },
    { name: 'timeZone', label: 'Time zone', secret: false, pattern: new RegExp(`^(?:${timeZones})$`) },
    isoCurrency,
  ],
  baseUrl: 'https://api.awin.com',
  windowDays,
  rateLimit: { calls: 20, seconds: 60, scope: 'account' },
  timeZone: null,
  currency: null,
  metrics: ['ftdCount', 'depositsMinor', 'commissionMinor'],
  limitations: [
    'Each transaction counts as a first deposit, its sale amount as the deposit; clicks and sign-ups are not reported.',
    'Pending transactions are counted; declined ones are taken back from the day on which they happened.',
    'Transactions in another currency than the stated one stop the import: programmes of several regions cannot be read together.',
    'Campaigns are advertisers, by number; the source is the campaign of the link and the sub ID is the first click reference.',
  ],
  documentation: 'https://help.awin.com/apidocs/returns-a-list-of-transactions-for-a-given-publisher',
};

const accounts = z.object({
  accounts: z.array(z.object({ accountId: z.int(), accountName: z.string().nullish() })),
});

/** A publisher's account at Awin. It states neither zone nor currency: whoever connects it does. */
export const awin = defineNetwork(descriptor, {
  addressOf: ({ accessToken = '' }, apiUrl) => ({ url: apiUrl, headers: { authorization: `Bearer ${accessToken}` } }),
  verifyAuth,
  fetchDaily,
});

async function verifyAuth(call: ProviderCall, credentials: Credentials): Promise<VerifiedAccount> {
  const { publisherId = '', timeZone = '', currency = '' } = credentials;
  const answer = await call({ path: 'accounts', query: { type: 'publisher' } }, accounts);
  const account = answer.accounts.find(({ accountId }) => String(accountId) === publisherId);
  if (account === undefined) throw new ProviderError('unauthorized', 'awin: the token does not open this publisher');
  return { accountRef: publisherId, name: account.accountName ?? null, timeZone, currency };
}
