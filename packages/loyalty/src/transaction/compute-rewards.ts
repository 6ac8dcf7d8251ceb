import { computeClawback, computeEarned } from '../rule/compute-points.ts';
import { readRuleConfig } from '../rule/rule-config.ts';
import type { PostedPoints, SaleState } from './sale-state.ts';

/** Points to move now, so that a wallet ends where the sale says it should. */
export interface RewardChange {
  walletId: string;
  accountId: string;
  kind: 'earn' | 'clawback';
  /** Positive credits the wallet, negative debits it; never zero. */
  points: number;
  /** Counts the postings of this kind for this sale and wallet, from 1: part of the posting's key. */
  sequence: number;
}

/** Whether a sale earns at all: completed, by a known customer, under a rule of its currency. */
export function earns(sale: SaleState): boolean {
  return (
    sale.status === 'completed' &&
    sale.walletId !== null &&
    sale.ruleConfig !== null &&
    sale.ruleCurrency === sale.currency
  );
}

/**
 * The difference between what a sale should have posted and what it has. Depends on the present state alone, never on how it came
 * about, so any order and any repetition of the same facts end in the same points of each kind.
 *
 * A cancelled sale takes its earnings back as `earn`, a refunded one keeps them and is debited as `clawback`. Points of a customer
 * the sale does not belong to any more go back entirely.
 */
export function computeRewards(sale: SaleState): RewardChange[] {
  const target = targetOf(sale);
  const accounts = new Map(sale.posted.map(({ walletId, accountId }) => [walletId, accountId]));
  if (sale.walletId !== null && sale.accountId !== null) accounts.set(sale.walletId, sale.accountId);
  return [...accounts].flatMap(([walletId, accountId]) =>
    (['earn', 'clawback'] as const).flatMap((kind) => {
      const posted = postedOf(sale.posted, walletId, kind);
      const points = (walletId === sale.walletId ? target[kind] : 0) - posted.points;
      return points === 0 ? [] : [{ walletId, accountId, kind, points, sequence: posted.postings + 1 }];
    }),
  );
}

function targetOf(sale: SaleState): { earn: number; clawback: number } {
  if (!earns(sale) || sale.ruleConfig === null) return { earn: 0, clawback: 0 };
  const { amountMinor, currency } = sale;
  const earned = computeEarned(
    { amountMinor, taxMinor: 0, pointsPaidMinor: 0, currency, lines: null },
    readRuleConfig(sale.ruleConfig),
  );
  // The payment's own figure and its refunds are two views of one thing, and either may be the fresher one.
  const refunded = Math.max(sale.refundedMinor, sale.refundsMinor);
  // `0 -`, because negating nothing taken back would give -0.
  return { earn: earned, clawback: 0 - computeClawback(earned, refunded, sale.amountMinor + sale.tipMinor) };
}

function postedOf(posted: readonly PostedPoints[], walletId: string, kind: 'earn' | 'clawback') {
  return posted.find((one) => one.walletId === walletId && one.kind === kind) ?? { points: 0, postings: 0 };
}
