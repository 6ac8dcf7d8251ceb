/** A measure of ours and of what it is compared with, taken in one round. */
export type Pair = readonly [ours: number, other: number];

/** Of an odd number of rounds the one whose ratio is in the middle, so that value, baseline and ratio are of one round. */
export function middlePair(pairs: readonly Pair[]): Pair {
  const sorted = pairs.toSorted(([a, b], [c, d]) => a / b - c / d);
  return sorted[(sorted.length - 1) / 2] ?? [Number.NaN, Number.NaN];
}

/** Every other round the other way about: who comes first, and who after whom, favours nobody. */
export const inTurns = <Item>(items: readonly Item[], round: number): readonly Item[] =>
  round % 2 === 0 ? items : items.toReversed();
