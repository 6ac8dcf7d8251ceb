import { type IdKind, showId } from '@tributary/core/ids';
import type { Role } from '@tributary/http/role';
import type { Api, Caller } from './api.ts';

/** Ids that a path may name: one object of each kind. */
export interface Ids {
  transactionId: string;
  walletId: string;
  ruleId: string;
  deliveryId: string;
}

export interface Case {
  roles: readonly Role[];
  path: (ids: Ids) => string;
  /** Of a POST that succeeds. */
  body?: unknown;
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
  listWallets: { roles: all, path: () => '/v1/wallets', list: true },
  getWallet: { roles: all, path: ({ walletId }) => `/v1/wallets/${walletId}` },
  listWalletEntries: { roles: all, path: ({ walletId }) => `/v1/wallets/${walletId}/entries`, list: true },
  listRewardRules: { roles: all, path: () => '/v1/reward-rules', list: true },
  createRewardRule: { roles: managers, path: () => '/v1/reward-rules', body: { config: { conversionRate: 3 } } },
  getRewardRule: { roles: all, path: ({ ruleId }) => `/v1/reward-rules/${ruleId}` },
  activateRewardRule: { roles: managers, path: ({ ruleId }) => `/v1/reward-rules/${ruleId}/activate`, body: {} },
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

export function call(api: Api, caller: Caller, { path, body }: Case, ids: Ids) {
  return body === undefined ? api.get(caller, path(ids)) : api.post(caller, path(ids), body);
}

/** The newest object of each kind, as the API tells. */
export async function idsOf(api: Api, caller: Caller): Promise<Ids> {
  const newest = async (path: string): Promise<string> => (await api.get(caller, path)).json.data[0].id;
  return {
    transactionId: await newest('/v1/transactions'),
    walletId: await newest('/v1/wallets'),
    ruleId: await newest('/v1/reward-rules'),
    deliveryId: await newest('/v1/deliveries'),
  };
}

/** Well-formed ids that name nothing. */
export function unknownIds(): Ids {
  const draw = (kind: IdKind) => showId(kind, crypto.randomUUID());
  return {
    transactionId: draw('transaction'),
    walletId: draw('wallet'),
    ruleId: draw('rewardRule'),
    deliveryId: draw('delivery'),
  };
}
