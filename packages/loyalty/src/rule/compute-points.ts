import { currencyExponent, divide } from '@tributary/core/money';
import { computeBonus, computeRate, earningLines, type SaleLine } from './compute-lines.ts';
import type { RuleConfig } from './rule-config.ts';

/** A sale as far as its points go. Amounts in minor units of `currency`, whole and safe. */
export interface EarningSale {
  /** Paid for goods: tax included, tip not. */
  amountMinor: number;
  /** 0 when not known. */
  taxMinor: number;
  /** The part of the amount that was paid with points. */
  pointsPaidMinor: number;
  currency: string;
  /** Of the order behind it, which several payments may share and which may cost more than its lines; null when not known. */
  lines: readonly SaleLine[] | null;
}

/**
 * Points a sale earns: `round(eligible money in major units × rate)`, once and exactly, then bonuses, then the cap. The eligible
 * money is shared out over the lines in proportion to what they cost. Points paid with points would be a circle, so that part
 * earns nothing (case L7), and a sale without any other money gets no bonus either.
 *
 * Never above the largest safe integer, whatever the rule says: as with its own cap, a sale is not refused for earning too much.
 */
export function computeEarned(sale: EarningSale, config: RuleConfig): number {
  const eligibleMinor = eligibleOf(sale, config);
  if (eligibleMinor <= 0 || eligibleMinor < config.minSpendMinorUnits) return 0;
  const lines = earningLines(sale.lines);
  const rate = computeRate(lines, config);
  const minorPerMajor = 10n ** BigInt(currencyExponent(sale.currency));
  const earned = divide(
    BigInt(eligibleMinor) * rate.numerator,
    minorPerMajor * rate.denominator,
    config.roundingPolicy,
  );
  return capped(earned + computeBonus(lines, config), config.maxPointsPerTransaction ?? Number.MAX_SAFE_INTEGER);
}

function eligibleOf({ amountMinor, taxMinor, pointsPaidMinor }: EarningSale, { taxMode }: RuleConfig): number {
  return amountMinor - pointsPaidMinor - (taxMode === 'exclude' ? taxMinor : 0);
}

// Compared before it becomes a number, which could not hold it.
function capped(points: bigint, cap: number): number {
  return points > BigInt(cap) ? cap : Number(points);
}

/**
 * Points to take back in all once that much of a payment was refunded: in proportion to money, rounded down so that the customer
 * keeps the fraction, and everything on a full refund. Cumulative, so any split of a refund takes back the same.
 */
export function computeClawback(earned: number, refundedMinor: number, paidMinor: number): number {
  if (paidMinor <= 0 || refundedMinor <= 0) return 0;
  if (refundedMinor >= paidMinor) return earned;
  return Number((BigInt(earned) * BigInt(refundedMinor)) / BigInt(paidMinor));
}
