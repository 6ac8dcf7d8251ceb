import { isPooled } from './compute-carry-over.ts';
import { addDays, addMonths, countDays, firstDayOf, lastDayOf, monthOfDay, monthsBetween } from './month.ts';
import type { CarryOver, DealTerms } from './terms.ts';

/** A deal as its months are computed from it. Days YYYY-MM-DD, months YYYY-MM. */
export interface PlannedDeal {
  dealId: string;
  connectionId: string;
  brand: string;
  currency: string;
  campaign: string;
  source: string;
  startsOn: string;
  endsOn: string | null;
  carryOver: CarryOver;
  /** The last month that was computed; null: none yet. */
  computedThrough: string | null;
  /** In order; the first from `startsOn` on. */
  versions: readonly { version: number; effectiveFrom: string; terms: DealTerms }[];
}

/** Deals whose balances hang together, and the months to compute of each. */
export interface PlannedPool {
  deals: readonly PlannedDeal[];
  /** In order; those of a deal that carries have no gap, since each opens with the one before. */
  months: readonly string[];
}

/** Days of a month of a deal under one version. */
export interface PlannedStretch {
  version: number;
  terms: DealTerms;
  from: string;
  to: string;
}

/** What to compute when `changed` months have other facts or terms, so that every month up to `through` is right. */
export function planMonths(deals: readonly PlannedDeal[], changed: readonly string[], through: string): PlannedPool[] {
  return [...Map.groupBy(deals, poolOf).values()].map((pool) => {
    const missing = pool.map(({ startsOn, computedThrough }) =>
      computedThrough === null ? monthOfDay(startsOn) : addMonths(computedThrough, 1),
    );
    const due = [...changed, ...missing].filter((month) => month <= through);
    const isCarried = pool.some(({ carryOver }) => carryOver.mode !== 'none');
    const [first] = due.toSorted();
    const [firstMissing = ''] = missing.toSorted();
    const months = isCarried
      ? monthsBetween(first ?? addMonths(through, 1), through)
      : [...new Set([...due, ...monthsBetween(firstMissing, through)])].toSorted();
    return { deals: pool, months };
  });
}

function poolOf({ dealId, carryOver, brand, currency }: PlannedDeal): string {
  if (!isPooled(carryOver)) return dealId;
  return [carryOver.mode, carryOver.basis, currency, carryOver.mode === 'brand' ? brand : ''].join(' ');
}

/** The versions a month falls under, each with its days; none outside of the deal. */
export function stretchesOf({ startsOn, endsOn, versions }: PlannedDeal, month: string): PlannedStretch[] {
  const from = latest(firstDayOf(month), startsOn);
  const to = endsOn === null ? lastDayOf(month) : earliest(lastDayOf(month), endsOn);
  return versions.flatMap(({ version, effectiveFrom, terms }, at) => {
    const next = versions[at + 1];
    const [begins, ends] = [latest(from, effectiveFrom), next ? earliest(to, addDays(next.effectiveFrom, -1)) : to];
    return begins <= ends ? [{ version, terms, from: begins, to: ends }] : [];
  });
}

export const daysOfStretch = ({ from, to }: PlannedStretch): number => countDays(from, to);

const latest = (a: string, b: string) => (a > b ? a : b);
const earliest = (a: string, b: string) => (a < b ? a : b);
