import { type IdKind, showId } from '@tributary/core/ids';
import type { Role } from '@tributary/http/role';
import type { Api, Caller } from './api.ts';

/** Ids that a path may name: one object of each kind. */
export interface Ids {
  transactionId: string;
  customerId: string;
  /** A customer to merge. */
  otherCustomerId: string;
  walletId: string;
  /** A wallet to freeze, and one to unfreeze. */
  activeWalletId: string;
  frozenWalletId: string;
  ruleId: string;
  deliveryId: string;
  rewardId: string;
}

export interface Case {
  roles: readonly Role[];
  path: (ids: Ids) => string;
  /** POST when something is sent, when nothing else is said. */
  method?: 'PUT';
  /** Of a request that succeeds. */
  body?: object | ((ids: Ids) => object);
  /** What it lists; none for a single object. */
  list?: true;
}

const all: readonly Role[] = ['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer'];
const managers: readonly Role[] = ['owner', 'admin'];
const operators: readonly Role[] = ['owner', 'admin', 'operator'];

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
  listAuditRecords: { roles: managers, path: () => '/v1/audit-records', list: true },
  listDeliveries: { roles: operators, path: () => '/v1/deliveries', list: true },
  getDelivery: { roles: operators, path: ({ deliveryId }) => `/v1/deliveries/${deliveryId}` },
  listQuarantine: { roles: operators, path: () => '/v1/quarantine', list: true },
};

/** The case of an operation. @throws Error for a route that has none. */
export function caseOf(operationId: string): Case {
  const found = cases[operationId];
  if (!found) throw new Error(`add ${operationId} to the cases`);
  return found;
}

/** @param headers of a POST; without any it is sent under a key of its own */
export function call(
  api: Api,
  caller: Caller,
  { method, path, body }: Case,
  ids: Ids,
  headers?: Record<string, string>,
) {
  if (body === undefined) return api.get(caller, path(ids));
  const send = method === 'PUT' ? api.put : api.post;
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
    rewardId: await newest('/v1/rewards'),
  };
  // Last, because theirs is the newest wallet then.
  const other = await api.post({ orgId: caller.orgId }, '/v1/customers', { email: 'other@example.com' });
  const walletOf = async (value: string): Promise<string> => {
    const external = { provider: 'square', value };
    return (await api.post({ orgId: caller.orgId }, '/v1/customers', { external })).json.wallet.id;
  };
  const [activeWalletId, frozenWalletId] = [await walletOf('a wallet to freeze'), await walletOf('a frozen wallet')];
  await api.post({ orgId: caller.orgId }, `/v1/wallets/${frozenWalletId}/freeze`, { reason: 'stolen' });
  return { ...ids, otherCustomerId: other.json.id, activeWalletId, frozenWalletId };
}

/** Well-formed ids that name nothing. */
export function unknownIds(): Ids {
  const draw = (kind: IdKind) => showId(kind, crypto.randomUUID());
  return {
    transactionId: draw('transaction'),
    customerId: draw('customer'),
    otherCustomerId: draw('customer'),
    walletId: draw('wallet'),
    activeWalletId: draw('wallet'),
    frozenWalletId: draw('wallet'),
    ruleId: draw('rewardRule'),
    deliveryId: draw('delivery'),
    rewardId: draw('reward'),
  };
}
