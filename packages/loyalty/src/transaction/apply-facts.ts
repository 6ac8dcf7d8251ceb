import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { linkSales } from '../customer/link-sales.ts';
import { recalculateTiers } from '../tier/recalculate-tiers.ts';
import { recordFacts } from './record-facts.ts';
import { resolveCustomers } from './resolve-customers.ts';
import { lockSales, readSales, type SaleKey } from './sale-state.ts';
import { settleSales } from './settle-sales.ts';
import { noteVelocity } from './velocity.ts';

/**
 * Takes in what providers say about payments and refunds, and posts the points that follow: the difference between what each sale
 * should have earned under its rule and what it has. A fixed number of statements whatever the number of facts.
 * @returns how many of the facts were news.
 */
export async function applyFacts(
  tx: TenantTransaction,
  facts: readonly (PaymentFact | RefundFact)[],
  now: Date,
): Promise<number> {
  const payments = facts.filter((fact) => fact.kind === 'payment');
  const refunds = facts.filter((fact) => fact.kind === 'refund');
  const touched: SaleKey[] = [
    ...payments.map(({ provider, externalId }) => ({ provider, externalId })),
    ...refunds.map(({ provider, paymentExternalId }) => ({ provider, externalId: paymentExternalId })),
  ];
  const { buyers, claimed } = await resolveCustomers(tx, payments);
  await lockSales(tx, touched);
  const news = await recordFacts(tx, buyers, payments, refunds);
  const linked = await linkSales(tx, claimed);
  await settle(tx, [...touched, ...linked], now);
  return news;
}

/** Posts what these sales are due, after something other than a fact about them changed. Doing so again changes nothing. */
export async function recomputeSales(tx: TenantTransaction, sales: readonly SaleKey[], now: Date): Promise<void> {
  if (sales.length === 0) return;
  await lockSales(tx, sales);
  await settle(tx, sales, now);
}

async function settle(tx: TenantTransaction, keys: readonly SaleKey[], now: Date): Promise<void> {
  const sales = await readSales(tx, keys);
  const walletIds = [...new Set(sales.flatMap(({ wallet, hasTiers }) => (wallet && hasTiers ? [wallet.id] : [])))];
  // Their tiers may change in the end. Whoever serves at a till locks a wallet before its account, and so must this.
  if (walletIds.length > 0) {
    await tx.query('select from loyalty.wallets where org_id = $1 and id = any ($2) order by id for no key update', [
      tx.orgId,
      walletIds,
    ]);
  }
  await settleSales(tx, sales, now);
  await noteVelocity(tx, sales);
  if (walletIds.length > 0) await recalculateTiers(tx, { now, walletIds });
}
