import type { LineItem } from '@tributary/core/facts';
import { toFraction } from '@tributary/core/money';
import type { Matcher, RuleConfig } from './rule-config.ts';

/** What a rule sees of a line of a sale. */
export type SaleLine = Pick<LineItem, 'sku' | 'labels' | 'amountMinor'>;

/** An exact number. The denominator is positive. */
interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/**
 * The lines whose money shares out a payment. Lines that give money back neither earn nor take a share, so that no line counts
 * above its own weight. Without any, the sale is one line about which nothing is known.
 */
export function earningLines(lines: readonly SaleLine[] | null): readonly SaleLine[] {
  const paid = (lines ?? []).filter(({ amountMinor }) => amountMinor > 0);
  return paid.length > 0 ? paid : [{ amountMinor: 1 }];
}

/**
 * Points per major unit that a sale earns over all its lines, as an exact fraction: Σ (line × weight) / Σ line. The weight of a line
 * is the sum of the rates that apply to it times the product of its multipliers: 0 when it is excluded.
 *
 * Rates add up, as in Open Loyalty (cases L16, L25). Square applies only the rate that gives the most (case L5). A shop can have that
 * with a sum, by a further rate of the difference; it could not have a sum with "only the most".
 */
export function computeRate(lines: readonly SaleLine[], config: RuleConfig): Fraction {
  const weighted = lines.map((line) => ({ amount: BigInt(line.amountMinor), weight: weightOf(line, config) }));
  const total = weighted.reduce((sum, { amount }) => sum + amount, 0n);
  const { numerator, denominator } = add(
    weighted.map(({ amount, weight }) => ({ ...weight, numerator: weight.numerator * amount })),
  );
  return { numerator, denominator: denominator * total };
}

/**
 * Points on top of what the money earns: each bonus once, if any line matches. `exclude` does not take one away: a bonus stands
 * beside the rates, as a rule of its own (cases L17, L25), so that a product may give its bonus and nothing else.
 */
export function computeBonus(lines: readonly SaleLine[], { items }: RuleConfig): bigint {
  return items.bonuses
    .filter(({ match }) => lines.some((line) => match === null || matches(line, match)))
    .reduce((sum, { points }) => sum + BigInt(points), 0n);
}

function weightOf(line: SaleLine, { conversionRate, additionalRates, items }: RuleConfig): Fraction {
  if (!appliesTo(line, items)) return { numerator: 0n, denominator: 1n };
  const rates = [conversionRate, ...additionalRates.filter((rate) => appliesTo(line, rate)).map(rateOf)];
  const factors = items.multipliers.filter(({ match }) => match === null || matches(line, match));
  return factors.map(({ factor }) => toFraction(factor)).reduce(multiply, add(rates.map(toFraction)));
}

const rateOf = ({ conversionRate }: { conversionRate: number }) => conversionRate;

function appliesTo(line: SaleLine, { include, exclude }: { include: readonly Matcher[]; exclude: readonly Matcher[] }) {
  if (exclude.some((matcher) => matches(line, matcher))) return false;
  return include.length === 0 || include.some((matcher) => matches(line, matcher));
}

function matches({ sku, labels = [] }: SaleLine, matcher: Matcher): boolean {
  return 'sku' in matcher ? sku === matcher.sku : labels.includes(matcher.label);
}

function multiply(a: Fraction, b: Fraction): Fraction {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}

/** Of decimals: their denominators are powers of ten, so the others divide the largest. */
function add(fractions: readonly Fraction[]): Fraction {
  let denominator = 1n;
  for (const one of fractions) if (one.denominator > denominator) denominator = one.denominator;
  const numerator = fractions.reduce((sum, one) => sum + one.numerator * (denominator / one.denominator), 0n);
  return { numerator, denominator };
}
