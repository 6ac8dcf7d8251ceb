import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { type Credentials, defineNetwork, type NetworkDescriptor, type VerifiedAccount } from '../network.ts';
import { fetchDaily } from './days.ts';

const descriptor: NetworkDescriptor = {
  slug: 'dub',
  name: 'Dub',
  status: 'beta',
  authType: 'bearer',
  credentials: [
    { name: 'apiKey', label: 'API key', secret: true, pattern: /^dub_[A-Za-z0-9_]{16,64}$/ },
    { name: 'workspaceId', label: 'Workspace ID', secret: false, pattern: /^ws_[A-Za-z0-9]{10,40}$/ },
  ],
  baseUrl: 'https://api.dub.co',
  windowDays: 31,
  // Of analytics, on the plan that has commissions; all else may be asked 1,200 times a minute, five times as often.
  rateLimit: { calls: 4, seconds: 1, scope: 'account' },
  timeZone: 'UTC',
  currency: 'USD',
  metrics: ['clicks', 'signups', 'ftdCount', 'depositsMinor', 'commissionMinor'],
  limitations: [
    'It is the programme of the workspace that is read: each of its partners is a sub ID, campaign and source are empty.',
    'Leads count as sign-ups, first sales to a customer as first deposits and all sales as deposits.',
    'Pending commissions are counted; held, refunded, cancelled, duplicate and fraudulent ones are not.',
    'Clawbacks reduce the commission of the day of which they are. Days are of UTC and amounts in US dollars.',
    'A day with more than 100 commissions of which some were entered for an earlier time cannot be read.',
    'It needs the Business plan of Dub or a larger one.',
  ],
  documentation: 'https://dub.co/docs/api-reference/introduction',
};

const links = z.array(z.object({ workspaceId: z.string().nullish() }));

/** A workspace at Dub that runs a partner programme. */
export const dub = defineNetwork(descriptor, {
  addressOf: ({ apiKey = '' }, apiUrl) => ({ url: apiUrl, headers: { authorization: `Bearer ${apiKey}` } }),
  verifyAuth,
  fetchDaily,
});

/** A key is of one workspace, and says so only in what it lists: a link, of which a programme has some. */
async function verifyAuth(call: ProviderCall, { workspaceId = '' }: Credentials): Promise<VerifiedAccount> {
  const [link] = await call({ path: 'links', query: { pageSize: '1' } }, links);
  if (link?.workspaceId != null && link.workspaceId !== workspaceId)
    throw new ProviderError('unauthorized', 'dub: the key does not open this workspace');
  await call({ path: 'commissions', query: { pageSize: '1' } }, z.array(z.unknown()));
  return { accountRef: workspaceId, name: null, timeZone: 'UTC', currency: 'USD' };
}
