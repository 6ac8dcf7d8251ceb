import type { ProviderCall } from '@tributary/core/provider-call';
import { isoCurrency, publicHost } from '../credentials.ts';
import { ianaZone } from '../iana-zone.ts';
import { type Credentials, defineNetwork, type NetworkDescriptor, type VerifiedAccount } from '../network.ts';
import { askReport, fetchDaily } from './report.ts';
import { signIn } from './sign-in.ts';

const descriptor: NetworkDescriptor = {
  slug: 'netrefer',
  name: 'NetRefer',
  status: 'beta',
  authType: 'login',
  credentials: [
    { name: 'host', label: 'API host', secret: false, pattern: publicHost },
    // What comes before the affiliate in the address of the report: the version and the report's code differ.
    {
      name: 'reportPath',
      label: 'Report path',
      secret: false,
      pattern: /^dpm\/v\d{1,2}(?:\.\d{1,2})?\/[A-Za-z0-9_-]{1,40}$/,
    },
    { name: 'affiliateId', label: 'Affiliate ID', secret: false, pattern: /^[A-Za-z0-9-]{1,64}$/ },
    { name: 'clientId', label: 'Client ID', secret: false, pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
    { name: 'clientSecret', label: 'Client secret', secret: true, pattern: /^[\x21-\x7e]{8,128}$/ },
    { name: 'username', label: 'Username', secret: false, pattern: /^[\x21-\x7e]{1,128}$/ },
    { name: 'password', label: 'Password', secret: true, pattern: /^[\x21-\x7e]{8,128}$/ },
    ianaZone,
    isoCurrency,
  ],
  baseUrl: null,
  windowDays: 31,
  rateLimit: null,
  timeZone: null,
  currency: null,
  metrics: ['clicks', 'signups', 'depositsMinor', 'commissionMinor'],
  limitations: [
    'First deposits and gaming revenue are not reported; registrations count as sign-ups.',
    'Adjustments are part of the day that they adjust: a day changes when the operator adjusts it.',
    'Commission is CPA and revenue share together; campaigns are brands and sources trackers, by number.',
    'The report path is the part of the address that the operator gives, as dpm/v1/report-code.',
    'The reporting API opens to affiliates whom the operator has invited, with credentials of its own.',
  ],
  documentation: 'https://developer.netrefer.com/Affiliate-api/ASR',
};

/** An affiliate's account with one operator that runs on NetRefer: the standard reports (ASR). */
export const netrefer = defineNetwork(descriptor, {
  addressOf: ({ reportPath = '', affiliateId = '', accessToken = '' }, apiUrl) => ({
    url: `${apiUrl}/${reportPath}/${affiliateId}`,
    headers: { authorization: `Bearer ${accessToken}` },
  }),
  signIn,
  verifyAuth,
  fetchDaily,
});

/** Nothing names the account: what its report answers for a day, the one of the documentation, proves it. */
async function verifyAuth(call: ProviderCall, credentials: Credentials): Promise<VerifiedAccount> {
  const { host = '', affiliateId = '', timeZone = '', currency = '' } = credentials;
  await askReport(call, { from: '2022-05-01', to: '2022-05-01' });
  // Affiliates are numbered by each operator.
  return { accountRef: `${host}:${affiliateId}`, name: null, timeZone, currency };
}
