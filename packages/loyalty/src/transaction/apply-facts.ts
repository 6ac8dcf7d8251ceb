import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { openAccounts } from '@tributary/ledger/accounts';
import { type Posting, post } from '@tributary/ledger/post';
import { ensureWallets, type WalletOfCustomer, walletKey } from '../wallet/ensure-wallets.ts';
import { computeRewards, earns, type RewardChange } from './compute-rewards.ts';
import { recordFacts } from './record-facts.ts';
import { lockSales, readSales, type SaleKey, type SaleState } from './sale-state.ts';

interface Reward extends RewardChange {
  sale: SaleState;
  key: string;
}

/**
 * Takes in what providers say about payments and refunds, and posts the points that follow: the difference between what each sale
 * should have earned under its rule and what it has. A fixed number of statements whatever the number of facts.
 */
export async function applyFacts(tx: TenantTransaction, facts: readonly (PaymentFact | RefundFact)[]): Promise<void> {
  const payments = facts.filter((fact) => fact.kind === 'payment');
  const refunds = facts.filter((fact) => fact.kind === 'refund');
  const touched: SaleKey[] = [
    ...payments.map(({ provider, externalId }) => ({ provider, externalId })),
    ...refunds.map(({ provider, paymentExternalId }) => ({ provider, externalId: paymentExternalId })),
  ];
  await lockSales(tx, touched);
  await recordFacts(tx, payments, refunds);
  const sales = await readSales(tx, touched);
  const wallets = await ensureWallets(tx, sales.flatMap(customerOf));
  const rewards = sales.flatMap((sale) => rewardsOf(sale, wallets));
  await execute(tx, rewards, wallets);
  await keepCustomersAndRules(tx, sales, wallets);
}

const customerOf = ({ provider, customerExternalId }: SaleState) =>
  customerExternalId === null ? [] : [{ provider, externalId: customerExternalId }];

function walletOf(sale: SaleState, wallets: Map<string, WalletOfCustomer>): WalletOfCustomer | undefined {
  const [customer] = customerOf(sale);
  return customer && wallets.get(walletKey(customer));
}

function rewardsOf(sale: SaleState, wallets: Map<string, WalletOfCustomer>): Reward[] {
  return computeRewards(sale, walletOf(sale, wallets)?.walletId ?? null).map((change) => ({
    ...change,
    sale,
    key: `sale:${sale.transactionId}:${change.walletId}:${change.kind}:${change.sequence}`,
  }));
}

async function execute(tx: TenantTransaction, rewards: readonly Reward[], wallets: Map<string, WalletOfCustomer>) {
  if (rewards.length === 0) return;
  const accounts = await accountsOf(tx, rewards, wallets);
  const liability = { code: 'liability:points', unit: 'points', kind: 'liability', mode: 'recording' } as const;
  const liabilityId = (await openAccounts(tx, [liability])).get(liability.code) as string;
  const posted = await post(
    tx,
    rewards.map(
      ({ key, kind, points, walletId, sale }): Posting => ({
        key,
        kind,
        effectiveAt: kind === 'earn' ? sale.transactionAt : sale.latestVersion,
        legs: [
          { accountId: liabilityId, amount: -points },
          { accountId: accounts.get(walletId) as string, amount: points },
        ],
      }),
    ),
  );
  const postingIds = new Map(posted.map(({ key, postingId }) => [key, postingId]));
  await tx.query(
    `insert into loyalty.reward_events (org_id, wallet_id, transaction_id, rule_id, kind, points, posting_id)
     select $1, r.* from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::uuid[]) as r`,
    [
      tx.orgId,
      rewards.map(({ walletId }) => walletId),
      rewards.map(({ sale }) => sale.transactionId),
      rewards.map(({ sale }) => sale.ruleId),
      rewards.map(({ kind }) => kind),
      rewards.map(({ points }) => points),
      rewards.map(({ key }) => postingIds.get(key)),
    ],
  );
}

/** Ledger accounts by wallet; a wallet the sale has left is not among its customer's. */
async function accountsOf(tx: TenantTransaction, rewards: readonly Reward[], wallets: Map<string, WalletOfCustomer>) {
  const accounts = new Map([...wallets.values()].map(({ walletId, accountId }) => [walletId, accountId]));
  const others = rewards.map(({ walletId }) => walletId).filter((walletId) => !accounts.has(walletId));
  if (others.length > 0) {
    const rows = await tx.query<{ id: string; account_id: string }>(
      'select id, account_id from loyalty.wallets where org_id = $1 and id = any ($2)',
      [tx.orgId, others],
    );
    for (const { id, account_id } of rows) accounts.set(id, account_id);
  }
  return accounts;
}

/** A sale keeps its customer, and the rule it was rewarded under, so that a later refund is computed by the same one (case L43). */
async function keepCustomersAndRules(
  tx: TenantTransaction,
  sales: readonly SaleState[],
  wallets: Map<string, WalletOfCustomer>,
) {
  const changed = sales
    .map((sale) => ({
      sale,
      customerId: walletOf(sale, wallets)?.customerId ?? null,
      ruleId: earns(sale) || sale.posted.length > 0 ? sale.ruleId : null,
    }))
    .filter(({ sale, customerId, ruleId }) => customerId !== sale.keptCustomerId || ruleId !== sale.keptRuleId);
  if (changed.length === 0) return;
  await tx.query(
    `update loyalty.transactions t set rule_id = s.rule_id, customer_id = s.customer_id
     from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as s (id, rule_id, customer_id)
     where t.org_id = $1 and t.id = s.id`,
    [
      tx.orgId,
      changed.map(({ sale }) => sale.transactionId),
      changed.map(({ ruleId }) => ruleId),
      changed.map(({ customerId }) => customerId),
    ],
  );
}
