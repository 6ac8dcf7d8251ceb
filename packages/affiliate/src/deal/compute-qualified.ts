import { Temporal } from 'temporal-polyfill';
import type { Qualification } from './terms.ts';

/** What is known of a player, where a network tells of players. */
export interface PlayerRow {
  /** Days, YYYY-MM-DD. */
  registeredOn: string;
  deposits: readonly { day: string; amountMinor: number }[];
  /** The day of the first wager; null: none. */
  wageredOn: string | null;
}

/**
 * How many players count as first deposits: who deposited enough in time, all deposits together, and wagered in time (case A11).
 * Daily facts have no players: there the network's own count holds.
 */
export function countQualified(players: readonly PlayerRow[], terms: Qualification): number {
  return players.filter((player) => isQualified(player, terms)).length;
}

function isQualified({ registeredOn, deposits, wageredOn }: PlayerRow, terms: Qualification): boolean {
  const last = Temporal.PlainDate.from(registeredOn).add({ days: terms.withinDays }).toString();
  const deposited = deposits.filter(({ day }) => day <= last).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const hasWagered = !terms.mustWager || (wageredOn !== null && wageredOn <= last);
  return deposits.some(({ day }) => day <= last) && deposited >= terms.minDepositMinor && hasWagered;
}
