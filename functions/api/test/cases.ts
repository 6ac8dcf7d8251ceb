import { createHash } from 'node:crypto';
import { type IdKind, showId } from '@tributary/core/ids';
import type { MemberRole } from '@tributary/core/role';
import { type AffiliateIds, affiliateIdsOf, dealTerms, draftAnew, restatedRule } from './affiliate.ts';
import type { Api, Caller } from './api.ts';
import { awinToken, bringBack, newOrganisation } from './connecting.ts';
import { employ, subjectWith } from './people.ts';

/** Ids that a path may name: one object of each kind. */
export interface Ids extends AffiliateIds {
  transactionId: string;
  customerId: string;
  /** A customer to merge. */
  otherCustomerId: string;
  /** A customer to erase. */
  erasedCustomerId: string;
  walletId: string;
  /** A wallet to freeze, and one to unfreeze. */
  activeWalletId: string;
  frozenWalletId: string;
  ruleId: string;
  deliveryId: string;
  /** One that is quarantined. */
  eventId: string;
  rewardId: string;
  connectionId: string;
  /** A connection to end. */
  endingConnectionId: string;
  /** What the owner brought back from a provider. */
  state: string;
  code: string;
  /** What the owner may choose from. */
  authorizationId: string;
  accountRef: string;
  apiKeyId: string;
  memberId: string;
  /** A member to remove. */
  leavingMemberId: string;
  invitationId: string;
}

export interface Case {
  roles: readonly MemberRole[];
  path: (ids: Ids) => string;
  /** POST when something is sent, when nothing else is said. */
  method?: 'PUT' | 'PATCH' | 'DELETE';
  /** Of a request that succeeds; a text is one of CSV. */
  body?: object | string | ((ids: Ids) => object);
  /** What it lists; none for a single object. */
  list?: true;
  /** It asks what the caller is now, so there has to be somebody who is. */
  people?: true;
  /** What it uses up, for the next who asks. */
  anew?: (api: Api, orgId: string) => Promise<Partial<Ids>>;
}

const all: readonly MemberRole[] = ['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer'];
const managers: readonly MemberRole[] = ['owner', 'admin'];
const operators: readonly MemberRole[] = ['owner', 'admin', 'operator'];
const accountants: readonly MemberRole[] = ['owner', 'admin', 'finance'];
const auditors: readonly MemberRole[] = ['owner', 'admin', 'finance', 'analyst'];
const june = 'from=2026-06-01&to=2026-06-30';

/** How each operation is called and who may. Written down again and not taken from the routes: a slip there must show here. */
export const cases: Readonly<Record<string, Case>> = {
  listTransactions: { roles: all, path: () => '/v1/transactions', list: true },
  getTransaction: { roles: all, path: ({ transactionId }) => `/v1/transactions/${transactionId}` },
  registerCustomer: { roles: operators, path: () => '/v1/customers', body: { email: 'cleo@example.com' } },
  findCustomer: { roles: operators, path: () => '/v1/customer-lookup', body: { email: 'other@example.com' } },
  getCustomer: { roles: all, path: ({ customerId }) => `/v1/customers/${customerId}` },
  mergeCustomer: {
    roles: managers,
    path: ({ otherCustomerId }) => `/v1/customers/${otherCustomerId}/merge`,
    body: ({ customerId }) => ({ into: customerId, reason: 'the same person' }),
  },
  exportCustomer: { roles: managers, path: ({ customerId }) => `/v1/customers/${customerId}/export`, list: true },
  eraseCustomer: {
    roles: ['owner'],
    path: ({ erasedCustomerId }) => `/v1/customers/${erasedCustomerId}/erase`,
    body: { reason: 'asked for it' },
  },
  listWallets: { roles: all, path: () => '/v1/wallets', list: true },
  getWallet: { roles: all, path: ({ walletId }) => `/v1/wallets/${walletId}` },
  listWalletEntries: { roles: all, path: ({ walletId }) => `/v1/wallets/${walletId}/entries`, list: true },
  listAdjustments: { roles: all, path: ({ walletId }) => `/v1/wallets/${walletId}/adjustments`, list: true },
  adjustWallet: {
    roles: managers,
    path: ({ walletId }) => `/v1/wallets/${walletId}/adjustments`,
    body: { points: 5, reason: 'sorry' },
  },
  freezeWallet: {
    roles: managers,
    path: ({ activeWalletId }) => `/v1/wallets/${activeWalletId}/freeze`,
    body: { reason: 'stolen' },
  },
  unfreezeWallet: {
    roles: managers,
    path: ({ frozenWalletId }) => `/v1/wallets/${frozenWalletId}/unfreeze`,
    body: { reason: 'found' },
  },
  listRewardRules: { roles: all, path: () => '/v1/reward-rules', list: true },
  createRewardRule: { roles: managers, path: () => '/v1/reward-rules', body: { config: { conversionRate: 3 } } },
  getRewardRule: { roles: all, path: ({ ruleId }) => `/v1/reward-rules/${ruleId}` },
  activateRewardRule: { roles: managers, path: ({ ruleId }) => `/v1/reward-rules/${ruleId}/activate`, body: {} },
  listRewards: { roles: all, path: () => '/v1/rewards', list: true },
  issueReward: {
    roles: operators,
    path: () => '/v1/rewards',
    body: ({ walletId }) => ({ walletId, points: 1, basketMinor: 1000, currency: 'USD' }),
  },
  getReward: { roles: all, path: ({ rewardId }) => `/v1/rewards/${rewardId}` },
  redeemReward: { roles: operators, path: ({ rewardId }) => `/v1/rewards/${rewardId}/redeem`, body: {} },
  deleteReward: { roles: operators, path: ({ rewardId }) => `/v1/rewards/${rewardId}/delete`, body: {} },
  getRedeemable: {
    roles: all,
    path: ({ walletId }) => `/v1/wallets/${walletId}/redeemable?basketMinor=1000&currency=USD`,
  },
  getTiers: { roles: all, path: () => '/v1/tiers' },
  configureTiers: {
    roles: managers,
    path: () => '/v1/tiers',
    method: 'PUT',
    body: {
      config: { basis: 'spend', periodMonths: 6, tiers: [{ name: 'Base', threshold: 0 }], downgrade: 'one_down' },
    },
  },
  getPointsLiability: { roles: all, path: () => '/v1/reports/points-liability' },
  previewRewardRule: {
    roles: managers,
    path: ({ ruleId }) => `/v1/reward-rules/${ruleId}/preview`,
    body: { from: '2026-05-01T00:00:00Z', to: '2026-07-01T00:00:00Z' },
  },
  getMe: { roles: all, path: () => '/v1/me' },
  listApiKeys: { roles: managers, path: () => '/v1/api-keys', list: true },
  createApiKey: {
    roles: managers,
    path: () => '/v1/api-keys',
    body: { name: 'till', role: 'viewer', scopes: ['loyalty:read'] },
    people: true,
  },
  revokeApiKey: { roles: managers, path: ({ apiKeyId }) => `/v1/api-keys/${apiKeyId}`, method: 'DELETE' },
  getOrganization: { roles: all, path: () => '/v1/organization' },
  updateOrganization: { roles: managers, path: () => '/v1/organization', method: 'PATCH', body: { country: 'CA' } },
  listAuditRecords: { roles: managers, path: () => '/v1/audit-records', list: true },
  exportAuditRecords: { roles: managers, path: () => '/v1/audit-records/export' },
  listDeliveries: { roles: operators, path: () => '/v1/deliveries', list: true },
  getDelivery: { roles: operators, path: ({ deliveryId }) => `/v1/deliveries/${deliveryId}` },
  listEvents: { roles: operators, path: () => '/v1/events', list: true },
  replayEvent: { roles: operators, path: ({ eventId }) => `/v1/events/${eventId}/replay`, body: {} },
  listQuarantine: { roles: operators, path: () => '/v1/quarantine', list: true },
  listConnections: { roles: operators, path: () => '/v1/connections', list: true },
  getConnection: { roles: operators, path: ({ connectionId }) => `/v1/connections/${connectionId}` },
  endConnection: {
    roles: managers,
    path: ({ endingConnectionId }) => `/v1/connections/${endingConnectionId}`,
    method: 'DELETE',
  },
  listRuns: { roles: operators, path: ({ connectionId }) => `/v1/connections/${connectionId}/runs`, list: true },
  requestRun: { roles: operators, path: ({ connectionId }) => `/v1/connections/${connectionId}/runs`, body: {} },
  listMembers: { roles: all, path: () => '/v1/team/members', list: true },
  changeRole: {
    roles: managers,
    path: ({ memberId }) => `/v1/team/members/${memberId}/role`,
    method: 'PUT',
    body: { role: 'analyst' },
    people: true,
  },
  removeMember: {
    roles: managers,
    path: ({ leavingMemberId }) => `/v1/team/members/${leavingMemberId}`,
    method: 'DELETE',
    people: true,
    anew: async ({ database }, orgId) => ({ leavingMemberId: await employ(database, orgId, 'viewer') }),
  },
  transferOwnership: {
    roles: ['owner'],
    path: ({ memberId }) => `/v1/team/members/${memberId}/transfer-ownership`,
    body: {},
    people: true,
  },
  leaveOrganization: { roles: all, path: () => '/v1/team/membership', method: 'DELETE', people: true },
  listInvitations: { roles: managers, path: () => '/v1/team/invitations', list: true },
  createInvitation: {
    roles: managers,
    path: () => '/v1/team/invitations',
    body: { email: 'dan@example.com', role: 'viewer' },
    people: true,
  },
  cancelInvitation: {
    roles: managers,
    path: ({ invitationId }) => `/v1/team/invitations/${invitationId}`,
    method: 'DELETE',
    people: true,
  },
  beginConnect: { roles: managers, path: () => '/v1/connect/square' },
  finishConnect: {
    roles: managers,
    path: () => '/v1/connect/square/callback',
    body: ({ state, code }) => ({ parameters: { state, code } }),
  },
  chooseConnect: {
    roles: managers,
    path: () => '/v1/connect/xero/choose',
    body: ({ authorizationId, accountRef }) => ({ authorizationId, accountRefs: [accountRef] }),
  },
  getAffiliateTotals: { roles: all, path: () => `/v1/affiliate/totals?${june}` },
  getAffiliateSeries: { roles: all, path: () => `/v1/affiliate/series?${june}` },
  listTopBrands: { roles: all, path: () => `/v1/affiliate/top-brands?${june}`, list: true },
  listByCampaign: { roles: all, path: () => `/v1/affiliate/by-campaign?${june}`, list: true },
  listBySource: { roles: all, path: () => `/v1/affiliate/by-source?${june}`, list: true },
  listBySubId: { roles: all, path: () => `/v1/affiliate/by-sub-id?${june}`, list: true },
  exportAffiliateStats: { roles: all, path: () => `/v1/affiliate/export?${june}` },
  listBrands: { roles: all, path: () => '/v1/affiliate/brands', list: true },
  listNetworkAccounts: { roles: all, path: () => '/v1/affiliate/accounts', list: true },
  getNetworkAccount: {
    roles: all,
    path: ({ affiliateConnectionId }) => `/v1/affiliate/accounts/${affiliateConnectionId}`,
  },
  renameNetworkAccount: {
    roles: operators,
    path: ({ affiliateConnectionId }) => `/v1/affiliate/accounts/${affiliateConnectionId}`,
    method: 'PATCH',
    body: { label: 'Second' },
  },
  uploadDailyStats: {
    roles: operators,
    path: ({ csvConnectionId }) => `/v1/affiliate/accounts/${csvConnectionId}/uploads`,
    body: 'day,clicks\n2026-06-01,5\n',
  },
  openCsvAccount: {
    roles: managers,
    path: () => '/v1/connect/csv/accounts',
    body: { label: 'Small', currency: 'EUR', timeZone: 'UTC' },
  },
  listStatChanges: { roles: all, path: () => '/v1/affiliate/changes', list: true },
  listAutomationRules: { roles: auditors, path: () => '/v1/affiliate/rules', list: true },
  getAutomationRule: { roles: auditors, path: ({ automationRuleId }) => `/v1/affiliate/rules/${automationRuleId}` },
  createAutomationRule: { roles: managers, path: () => '/v1/affiliate/rules', body: restatedRule },
  updateAutomationRule: {
    roles: managers,
    path: ({ automationRuleId }) => `/v1/affiliate/rules/${automationRuleId}`,
    method: 'PATCH',
    body: { coolDownHours: 12 },
  },
  listAlerts: { roles: auditors, path: () => '/v1/affiliate/alerts', list: true },
  getAlert: { roles: auditors, path: ({ alertId }) => `/v1/affiliate/alerts/${alertId}` },
  acknowledgeAlert: { roles: auditors, path: ({ alertId }) => `/v1/affiliate/alerts/${alertId}/acknowledge`, body: {} },
  resolveAlert: { roles: auditors, path: ({ alertId }) => `/v1/affiliate/alerts/${alertId}/resolve`, body: {} },
  pauseConnection: {
    roles: operators,
    path: ({ affiliateConnectionId }) => `/v1/connections/${affiliateConnectionId}/pause`,
    body: {},
  },
  resumeConnection: {
    roles: operators,
    path: ({ affiliateConnectionId }) => `/v1/connections/${affiliateConnectionId}/resume`,
    body: {},
  },
  listDeals: { roles: auditors, path: () => '/v1/affiliate/deals', list: true },
  getDeal: { roles: auditors, path: ({ dealId }) => `/v1/affiliate/deals/${dealId}` },
  createDeal: {
    roles: accountants,
    path: () => '/v1/affiliate/deals',
    body: ({ affiliateConnectionId }) => ({
      ...{
        connectionId: affiliateConnectionId,
        name: 'Another',
        campaign: 'another',
        source: '',
        startsOn: '2026-05-01',
      },
      terms: dealTerms,
    }),
  },
  addDealVersion: {
    roles: accountants,
    path: ({ dealId }) => `/v1/affiliate/deals/${dealId}/versions`,
    body: { effectiveFrom: '2026-07-01', terms: dealTerms },
  },
  endDeal: {
    roles: accountants,
    path: ({ dealId }) => `/v1/affiliate/deals/${dealId}/end`,
    body: { endsOn: '2026-12-31' },
  },
  listDealMonths: { roles: auditors, path: ({ dealId }) => `/v1/affiliate/deals/${dealId}/months`, list: true },
  getCommissionReport: {
    roles: auditors,
    path: () => '/v1/affiliate/commission-report?from=2026-06&to=2026-06',
    list: true,
  },
  listSubAffiliates: { roles: accountants, path: () => '/v1/affiliate/sub-affiliates', list: true },
  getSubAffiliate: {
    roles: accountants,
    path: ({ subAffiliateId }) => `/v1/affiliate/sub-affiliates/${subAffiliateId}`,
  },
  createSubAffiliate: {
    roles: accountants,
    path: () => '/v1/affiliate/sub-affiliates',
    body: {
      ...{ name: 'Cleo Media', paymentTerms: 'net15', carriesNegative: false, effectiveFrom: '2026-06-01' },
      rate: { kind: 'share', shareBps: 2000 },
    },
  },
  updateSubAffiliate: {
    roles: accountants,
    path: ({ subAffiliateId }) => `/v1/affiliate/sub-affiliates/${subAffiliateId}`,
    method: 'PATCH',
    body: { paymentTerms: 'net15' },
  },
  changeSubAffiliateTerms: {
    roles: accountants,
    path: ({ subAffiliateId }) => `/v1/affiliate/sub-affiliates/${subAffiliateId}/terms`,
    body: { rate: { kind: 'share', shareBps: 3500 }, effectiveFrom: '2026-09-01' },
  },
  claimTraffic: {
    roles: accountants,
    path: ({ subAffiliateId }) => `/v1/affiliate/sub-affiliates/${subAffiliateId}/traffic`,
    body: ({ affiliateConnectionId }) => ({
      ...{ connectionId: affiliateConnectionId, dimension: 'campaign', value: 'theirs', isPrefix: false },
      fromDay: '2026-06-01',
    }),
  },
  releaseTraffic: {
    roles: accountants,
    path: ({ subAffiliateId, trafficId }) =>
      `/v1/affiliate/sub-affiliates/${subAffiliateId}/traffic/${trafficId}/release`,
    body: { untilDay: '2026-10-31' },
  },
  exportSubAffiliate: {
    roles: managers,
    path: ({ subAffiliateId }) => `/v1/affiliate/sub-affiliates/${subAffiliateId}/export`,
    list: true,
  },
  eraseSubAffiliate: {
    roles: ['owner'],
    path: ({ erasedSubAffiliateId }) => `/v1/affiliate/sub-affiliates/${erasedSubAffiliateId}/erase`,
    body: { reason: 'asked for it' },
  },
  listInvoices: { roles: accountants, path: () => '/v1/affiliate/invoices', list: true },
  getInvoice: { roles: accountants, path: ({ invoiceId }) => `/v1/affiliate/invoices/${invoiceId}` },
  getInvoicePdf: { roles: accountants, path: ({ invoiceId }) => `/v1/affiliate/invoices/${invoiceId}/pdf` },
  draftInvoices: { roles: accountants, path: () => '/v1/affiliate/invoices', body: { month: '2026-06' } },
  issueInvoice: {
    roles: accountants,
    path: ({ draftInvoiceId }) => `/v1/affiliate/invoices/${draftInvoiceId}/issue`,
    body: {},
  },
  payInvoice: { roles: accountants, path: ({ invoiceId }) => `/v1/affiliate/invoices/${invoiceId}/pay`, body: {} },
  voidInvoice: {
    roles: accountants,
    path: ({ invoiceId }) => `/v1/affiliate/invoices/${invoiceId}/void`,
    body: { reason: 'Said by mistake.' },
  },
  discardDraft: {
    roles: accountants,
    path: ({ draftInvoiceId }) => `/v1/affiliate/invoices/${draftInvoiceId}/discard`,
    body: {},
    anew: draftAnew,
  },
  connectNetwork: {
    roles: managers,
    path: () => '/v1/connect/networks/awin/accounts',
    // An account of each organization's own.
    body: ({ connectionId }) => {
      const publisherId = createHash('sha256').update(connectionId).digest().readUInt32BE();
      const account = { publisherId: String(publisherId), timeZone: 'UTC', currency: 'EUR' };
      return { credentials: { accessToken: awinToken(publisherId), ...account } };
    },
  },
};

/** The case of an operation. @throws Error for a route that has none. */
export function caseOf(operationId: string): Case {
  const found = cases[operationId];
  if (!found) throw new Error(`add ${operationId} to the cases`);
  return found;
}

/** What a member may ask that changes nothing. */
export const reads = Object.values(cases).filter(({ method, body }) => method === undefined && body === undefined);

/** @param headers of a POST; without any it is sent under a key of its own */
export async function call(
  api: Api,
  asking: Caller,
  { method, path, body, people }: Case,
  ids: Ids,
  headers?: Record<string, string>,
) {
  const { orgId, role = 'owner' } = asking;
  const caller = people ? { ...asking, subject: await subjectWith(api.database, orgId, role) } : asking;
  if (method === 'DELETE') return api.delete(caller, path(ids));
  if (body === undefined) return api.get(caller, path(ids));
  if (typeof body === 'string') return api.upload(caller, path(ids), body, headers);
  const send = method === undefined ? api.post : method === 'PUT' ? api.put : api.patch;
  return send(caller, path(ids), typeof body === 'function' ? body(ids) : body, headers);
}

/** The newest object of each kind, as the API tells, and what is made for it: another customer, and wallets to freeze and unfreeze. */
export async function idsOf(api: Api, caller: Caller): Promise<Ids> {
  const newest = async (path: string): Promise<string> => (await api.get(caller, path)).json.data[0].id;
  const [{ customer }] = (await api.get(caller, '/v1/wallets?limit=1')).json.data;
  const ids = {
    transactionId: await newest('/v1/transactions'),
    customerId: customer.id,
    walletId: await newest('/v1/wallets'),
    ruleId: await newest('/v1/reward-rules'),
    deliveryId: await newest('/v1/deliveries'),
    eventId: await newest('/v1/quarantine'),
    rewardId: await newest('/v1/rewards'),
    ...(await connectionsOf(api, caller)),
    ...(await authorizationsOf(api, caller)),
    apiKeyId: (await call(api, { orgId: caller.orgId }, caseOf('createApiKey'), unknownIds())).json.id,
    ...(await membersOf(api, caller)),
    ...(await affiliateIdsOf(api, caller.orgId)),
  };
  // Last, because theirs is the newest wallet then.
  const erased = await api.post({ orgId: caller.orgId }, '/v1/customers', { email: 'erased@example.com' });
  const other = await api.post({ orgId: caller.orgId }, '/v1/customers', { email: 'other@example.com' });
  const walletOf = async (value: string): Promise<string> => {
    const external = { provider: 'square', value };
    return (await api.post({ orgId: caller.orgId }, '/v1/customers', { external })).json.wallet.id;
  };
  const [activeWalletId, frozenWalletId] = [await walletOf('a wallet to freeze'), await walletOf('a frozen wallet')];
  await api.post({ orgId: caller.orgId }, `/v1/wallets/${frozenWalletId}/freeze`, { reason: 'stolen' });
  return { ...ids, otherCustomerId: other.json.id, erasedCustomerId: erased.json.id, activeWalletId, frozenWalletId };
}

/** The newest connection, and the oldest of a page to be ended. */
async function connectionsOf(api: Api, caller: Caller) {
  const { data } = (await api.get(caller, '/v1/connections')).json;
  return { connectionId: data[0].id as string, endingConnectionId: data.at(-1).id as string };
}

/** Two members, of whom one is to go, and somebody who is asked to come. */
async function membersOf(api: Api, { orgId }: Caller) {
  await subjectWith(api.database, orgId, 'owner');
  const invited = await call(api, { orgId }, caseOf('createInvitation'), unknownIds());
  return {
    memberId: await employ(api.database, orgId, 'viewer'),
    leavingMemberId: await employ(api.database, orgId, 'viewer'),
    invitationId: invited.json.id as string,
  };
}

/** Somebody has come back from Square, and has authorised two organisations at Xero. */
async function authorizationsOf(api: Api, { orgId }: Caller) {
  const { state = '', code = '' } = await bringBack(api, { orgId }, { provider: 'square' });
  const { xero } = api.connecting;
  const accounts = [newOrganisation(xero), newOrganisation(xero)];
  const parameters = await bringBack(api, { orgId }, { provider: 'xero', accounts });
  const { json } = await api.post({ orgId }, '/v1/connect/xero/callback', { parameters });
  return { state, code, authorizationId: json.authorizationId as string, accountRef: accounts[0] as string };
}

/** Well-formed ids that name nothing. */
export function unknownIds(): Ids {
  const draw = (kind: IdKind) => showId(kind, crypto.randomUUID());
  return {
    transactionId: draw('transaction'),
    customerId: draw('customer'),
    otherCustomerId: draw('customer'),
    erasedCustomerId: draw('customer'),
    walletId: draw('wallet'),
    activeWalletId: draw('wallet'),
    frozenWalletId: draw('wallet'),
    ruleId: draw('rewardRule'),
    deliveryId: draw('delivery'),
    eventId: draw('event'),
    rewardId: draw('reward'),
    connectionId: draw('connection'),
    endingConnectionId: draw('connection'),
    apiKeyId: draw('apiKey'),
    memberId: draw('member'),
    leavingMemberId: draw('member'),
    invitationId: draw('invitation'),
    affiliateConnectionId: draw('connection'),
    dealId: draw('deal'),
    subAffiliateId: draw('subAffiliate'),
    erasedSubAffiliateId: draw('subAffiliate'),
    trafficId: draw('traffic'),
    invoiceId: draw('invoice'),
    draftInvoiceId: draw('invoice'),
    csvConnectionId: draw('connection'),
    automationRuleId: draw('automationRule'),
    alertId: draw('alert'),
    ...{ state: 'none', code: 'none', authorizationId: 'none', accountRef: 'none' },
  };
}
