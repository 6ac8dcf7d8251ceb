import type { DailyMetric } from '@tributary/core/daily-stats';

/** What a network has decided of an action. `other` is a word of the network's that we do not know: nothing is guessed from it. */
export type Outcome = 'pending' | 'approved' | 'reversed' | 'paid' | 'other';

/** By the network's own words. */
export type Outcomes = Readonly<Record<string, Outcome>>;

export function outcomeOf(outcomes: Outcomes, word: string): Outcome {
  return Object.hasOwn(outcomes, word) ? (outcomes[word] ?? 'other') : 'other';
}

/** Whether it stands in the statistics: what was reversed is gone, and what we cannot read is not counted. */
export function counts(outcome: Outcome): boolean {
  return outcome === 'pending' || outcome === 'approved' || outcome === 'paid';
}

/** An action of a shop: the first deposit of our words is its sale, the deposit what was sold for. */
export function countSale(saleMinor: number, commissionMinor: number): Partial<Record<DailyMetric, number>> {
  return { ftdCount: 1, depositsMinor: saleMinor, commissionMinor };
}
