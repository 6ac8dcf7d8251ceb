import type { TierGroups } from './terms.ts';

/** What tiers look at: all of a month, whatever caps leave of it. */
export interface MonthMeasures {
  ftdCount: number;
  ngrMinor: number;
}

export interface Tier {
  anyOf: TierGroups;
  rate: number;
}

/** The highest rate of the tiers that hold (case A23); without one, the rate the deal begins with. */
export function pickRate(base: number, tiers: readonly Tier[], month: MonthMeasures): number {
  const held = tiers.filter(({ anyOf }) => holds(anyOf, month)).map(({ rate }) => rate);
  return held.length === 0 ? base : Math.max(...held);
}

function holds(anyOf: TierGroups, { ftdCount, ngrMinor }: MonthMeasures): boolean {
  return anyOf.some(
    ({ minFtd, minNgrMinor }) =>
      (minFtd === undefined || ftdCount >= minFtd) && (minNgrMinor === undefined || ngrMinor >= minNgrMinor),
  );
}

/** From which unit on another rate holds: the 501st cent, the 11th first deposit. */
export interface Step {
  from: number;
  rate: number;
}

/**
 * Σ over the units of an amount of the rate that each falls under: units below the first step, and an amount below zero, at the base rate.
 * @param amount in `scale`-ths of a unit, since a month's parts need not be whole
 * @returns rate × `scale`-ths
 */
export function sumMarginal(amount: bigint, base: number, steps: readonly Step[], scale = 1n): bigint {
  const ladder = [{ from: 1, rate: base }, ...steps];
  return ladder.reduce((sum, { rate }, at) => {
    const start = BigInt((ladder[at] as Step).from - 1) * scale;
    const next = ladder[at + 1];
    const end = next === undefined ? null : BigInt(next.from - 1) * scale;
    const upTo = end !== null && end < amount ? end : amount;
    return upTo > start || at === 0 ? sum + BigInt(rate) * (upTo - start) : sum;
  }, 0n);
}
