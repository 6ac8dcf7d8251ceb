import * as z from 'zod';
import { computeRewards, type WalletFunds } from '../transaction/compute-rewards.ts';
import type { SaleRule, SaleState } from '../transaction/sale-state.ts';

const count = z.int().nonnegative();

export const rulePreview = z
  .strictObject({
    sales: count.describe('Paid in the period.'),
    earningSales: count.describe('How many of them would have earned points.'),
    points: z.int().describe('What they would have earned, before refunds.'),
    pointsActual: z.int().describe('What they did earn, before refunds.'),
    difference: z.int().describe('`points` less `pointsActual`.'),
  })
  .meta({ id: 'RulePreview', description: 'A version of the reward rule tried on sales of the past.' });

export type RulePreview = z.infer<typeof rulePreview>;

/** Adds up what sales would have earned under a rule, had nothing been posted for them. They come in the order of their time. */
export function openPreview({ config, ...rule }: SaleRule): {
  add(sales: readonly SaleState[]): void;
  result(): RulePreview;
} {
  // When points can be spent does not change how many there are, and their account may not exist.
  const tried = { ...rule, config: { ...config, pendingDays: 0 } };
  const funds = new Map<string, WalletFunds>();
  const sums = { sales: 0, earningSales: 0, points: 0, pointsActual: 0 };
  return {
    add(sales) {
      for (const sale of sales) {
        const points = earnedUnder(tried, sale, funds);
        sums.sales += 1;
        sums.earningSales += points > 0 ? 1 : 0;
        sums.points = sum(sums.points, points);
        sums.pointsActual = sum(sums.pointsActual, sumOfEarned(sale.posted));
      }
    },
    result: () => ({ ...sums, difference: sums.points - sums.pointsActual }),
  };
}

function earnedUnder(rule: SaleRule, sale: SaleState, funds: Map<string, WalletFunds>): number {
  const { wallet } = sale;
  if (wallet && !funds.has(wallet.id)) {
    funds.set(wallet.id, { available: 0, pendingByOrigin: new Map(), earnedOn: new Map() });
  }
  return sumOfEarned(computeRewards({ ...sale, rule, posted: [] }, { now: sale.transactionAt, funds }));
}

function sumOfEarned(moves: readonly { kind: string; points: number }[]): number {
  return moves.reduce((total, { kind, points }) => (kind === 'earn' ? sum(total, points) : total), 0);
}

/** Never above the largest safe integer, as with one sale. */
const sum = (a: number, b: number) => Math.min(a + b, Number.MAX_SAFE_INTEGER);
