import { currencyExponent, divide, toFraction } from '@tributary/core/money';
import type { RuleConfig } from './rule-config.ts';

/** Points a sale earns: `round(amount in major units × rate)`, once and exactly, then capped. Zero below the minimum spend. */
export function computeEarned(amountMinor: number, currency: string, config: RuleConfig): number {
  if (amountMinor < config.minSpendMinorUnits) return 0;
  const rate = toFraction(config.conversionRate);
  const minorPerMajor = 10n ** BigInt(currencyExponent(currency));
  const points = Number(
    divide(BigInt(amountMinor) * rate.numerator, rate.denominator * minorPerMajor, config.roundingPolicy),
  );
  return config.maxPointsPerTransaction === null ? points : Math.min(points, config.maxPointsPerTransaction);
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
