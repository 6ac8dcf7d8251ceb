import { computeEarnings, type DealMonthFacts, type Earnings } from './compute-earnings.ts';
import type { CarryOver } from './terms.ts';

/** A deal in a month. */
export interface DealInMonth {
  dealId: string;
  carryOver: CarryOver;
  facts: DealMonthFacts;
  /** How the month before it closed. */
  formerClosingMinor: number;
}

/** The balance of a deal through a month: opening + month + pooled = closing, in what the deal carries. Minor units. */
export interface MonthBalance {
  dealId: string;
  earnings: Earnings;
  /** Carried over from the month before: never positive. */
  openingMinor: number;
  /** What this month adds. */
  monthMinor: number;
  /** What other deals of its pool took from it or gave it: Σ over a pool is zero. */
  pooledMinor: number;
  closingMinor: number;
  /** What is paid of it: never negative. */
  payableMinor: number;
}

/**
 * One month of deals that share a pool; one deal alone when it shares none. A deal without carry-over begins each month at zero and pays
 * nothing for one below (cases A4, A13). In a pool those above zero make up for those below, each by its part.
 */
export function computeBalances(deals: readonly DealInMonth[]): MonthBalance[] {
  const opened = deals.map((deal) => {
    const { carryOver, facts, formerClosingMinor } = deal;
    const earnings = computeEarnings(facts);
    const openingMinor = carryOver.mode === 'none' ? 0 : Math.min(0, formerClosingMinor);
    const monthMinor = carryOver.basis === 'ngr' ? earnings.ngrMinor : earnings.earnedMinor;
    return { deal, earnings, openingMinor, monthMinor };
  });
  const pooled = netWithin(
    opened.map(({ deal, openingMinor, monthMinor }) => (isPooled(deal.carryOver) ? openingMinor + monthMinor : 0)),
  );
  return opened.map(({ deal, earnings, openingMinor, monthMinor }, at) => {
    const pooledMinor = pooled[at] ?? 0;
    const closingMinor = openingMinor + monthMinor + pooledMinor;
    const payableMinor = payableOf(deal, closingMinor);
    return { dealId: deal.dealId, earnings, openingMinor, monthMinor, pooledMinor, closingMinor, payableMinor };
  });
}

export const isPooled = ({ mode }: CarryOver): boolean => mode === 'brand' || mode === 'organization';

function payableOf({ carryOver: { basis, beforeTiers }, facts }: DealInMonth, closingMinor: number): number {
  const left = Math.max(0, closingMinor);
  if (basis === 'commission') return left;
  return Math.max(0, computeEarnings(facts, { ngrMinor: left, beforeTiers }).earnedMinor);
}

/** What each balance gets so that those above zero make up for those below as far as they reach, each in proportion. Σ is zero. */
function netWithin(balances: readonly number[]): number[] {
  const sumOf = (sign: 1 | -1) => balances.reduce((sum, balance) => sum + BigInt(Math.max(0, sign * balance)), 0n);
  const [above, below] = [sumOf(1), sumOf(-1)];
  const moved = smaller(above, below);
  const divided = { 1: divideBy(moved, above), [-1]: divideBy(moved, below) };
  return balances.map((balance) => {
    if (balance === 0 || moved === 0n) return 0;
    const sign = balance > 0 ? 1 : -1;
    return -sign * divided[sign](sign * balance);
  });
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** Divides a sum by parts of a whole that are asked for one after another, and all of it when all were asked for. */
function divideBy(sum: bigint, whole: bigint): (part: number) => number {
  let asked = 0n;
  return (part) => {
    const before = (sum * asked) / whole;
    asked += BigInt(part);
    return Number((sum * asked) / whole - before);
  };
}
