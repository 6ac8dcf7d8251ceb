import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { openAccounts } from '@tributary/ledger/accounts';
import { type Posting, post } from '@tributary/ledger/post';
import { ensureCustomers } from '../wallet/ensure-customers.ts';
import { computeRewards, type RewardChange } from './compute-rewards.ts';
import { recordFacts } from './record-facts.ts';
import { lockSales, readSales, type SaleKey, type SaleState } from './sale-state.ts';

interface Reward extends RewardChange {
  sale: SaleState;
  /** Of its posting. */
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
  await recordFacts(tx, await ensureCustomers(tx, payments), payments, refunds);
  const sales = await readSales(tx, touched);
  await execute(tx, sales.flatMap(rewardsOf));
}

function rewardsOf(sale: SaleState): Reward[] {
  return computeRewards(sale).map((change) => ({
    ...change,
    sale,
    key: `sale:${sale.transactionId}:${change.walletId}:${change.kind}:${change.sequence}`,
  }));
}

// What is owed in points: every reward is posted against it, so it only records.
const liability = { code: 'liability:points', unit: 'points', kind: 'liability', mode: 'recording' } as const;

async function execute(tx: TenantTransaction, rewards: readonly Reward[]): Promise<void> {
  if (rewards.length === 0) return;
  const liabilityId = (await openAccounts(tx, [liability])).get(liability.code) as string;
  const posted = await post(
    tx,
    rewards.map(
      ({ key, kind, points, accountId, sale }): Posting => ({
        key,
        kind,
        effectiveAt: kind === 'earn' ? sale.transactionAt : sale.latestVersion,
        legs: [
          { accountId: liabilityId, amount: -points },
          { accountId, amount: points },
        ],
      }),
    ),
  );
  const postingIds = new Map(posted.map(({ key, postingId }) => [key, postingId]));
  // The rule goes with the reward: a later refund is computed by the one the sale was rewarded under (case L43).
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
