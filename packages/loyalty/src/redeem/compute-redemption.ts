import { divide, toFraction } from '@tributary/core/money';
import type { RuleConfig } from '../rule/rule-config.ts';

export const redemptionRefusals = [
  'wallet_frozen',
  'currency_mismatch',
  'below_minimum_balance',
  'not_enough_points',
  'exceeds_basket_share',
  'limit_reached',
] as const;

export type RedemptionRefusal = (typeof redemptionRefusals)[number];

/** What decides whether points may pay for a part of a basket. Points are whole numbers. */
export interface RedemptionTerms {
  /** `currency`: ISO 4217, in which the rule says what a point is worth. */
  rule: { config: RuleConfig; currency: string };
  /** `available`: points that can be spent now, neither pending nor held. May be negative. */
  wallet: { status: 'active' | 'frozen'; available: number };
  /** What is to be paid in minor units, after discounts. */
  basket: { amountMinor: number; currency: string };
  /** What the wallet redeemed today. */
  usedToday: { redemptions: number; points: number };
}

export type Redemption =
  | { outcome: 'accepted'; valueMinor: number }
  | { outcome: 'refused'; refusal: RedemptionRefusal };

interface Attempt extends RedemptionTerms {
  points: number;
  valueMinor: bigint;
}

/** What is looked for, in this order: the first that holds is the answer. */
const checks: readonly { refusal: RedemptionRefusal; holds: (attempt: Attempt) => boolean }[] = [
  { refusal: 'wallet_frozen', holds: ({ wallet }) => wallet.status === 'frozen' },
  { refusal: 'currency_mismatch', holds: ({ rule, basket }) => rule.currency !== basket.currency },
  {
    refusal: 'below_minimum_balance',
    holds: ({ rule, wallet }) => wallet.available < rule.config.minBalanceToRedeem,
  },
  // Points worth less than one minor unit would be taken for nothing.
  {
    refusal: 'not_enough_points',
    holds: ({ wallet, points, valueMinor }) => points > wallet.available || valueMinor < 1n,
  },
  { refusal: 'exceeds_basket_share', holds: (attempt) => attempt.valueMinor > shareOf(attempt) },
  {
    refusal: 'limit_reached',
    holds: (attempt) => redemptionsLeft(attempt) < 1 || attempt.points > pointsLeft(attempt),
  },
];

/**
 * Whether so many points may pay for a part of a basket, and what they are worth: `floor(points × pointValueMinorUnits)` minor units,
 * at most `floor(basket × maxRedemptionPercentage / 100)` (case L55).
 */
export function computeRedemption(terms: RedemptionTerms, points: number): Redemption {
  const worth = toFraction(terms.rule.config.pointValueMinorUnits);
  const valueMinor = divide(BigInt(points) * worth.numerator, worth.denominator, 'floor');
  const found = checks.find(({ holds }) => holds({ ...terms, points, valueMinor }));
  // Accepted, it is at most the basket, so a safe integer.
  return found
    ? { outcome: 'refused', refusal: found.refusal }
    : { outcome: 'accepted', valueMinor: Number(valueMinor) };
}

/** The largest number of points that `computeRedemption` accepts; 0 when it accepts none. */
export function maxRedeemable(terms: RedemptionTerms): number {
  const points = Math.min(terms.wallet.available, pointsForShare(terms), pointsLeft(terms));
  return computeRedemption(terms, points).outcome === 'accepted' ? points : 0;
}

function shareOf({ rule, basket }: RedemptionTerms): bigint {
  const percent = toFraction(rule.config.maxRedemptionPercentage);
  return divide(BigInt(basket.amountMinor) * percent.numerator, 100n * percent.denominator, 'floor');
}

/** The last number of points before the one that is worth a minor unit more than the share. */
function pointsForShare(terms: RedemptionTerms): number {
  const worth = toFraction(terms.rule.config.pointValueMinorUnits);
  return Number(divide((shareOf(terms) + 1n) * worth.denominator, worth.numerator, 'ceil') - 1n);
}

function redemptionsLeft({ rule, usedToday }: RedemptionTerms): number {
  return (rule.config.limits.redemptionsPerDay ?? Number.POSITIVE_INFINITY) - usedToday.redemptions;
}

function pointsLeft({ rule, usedToday }: RedemptionTerms): number {
  return (rule.config.limits.pointsRedeemedPerDay ?? Number.POSITIVE_INFINITY) - usedToday.points;
}
