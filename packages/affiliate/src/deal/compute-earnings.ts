import { divide } from '@tributary/core/money';
import { computeNgr, ngrScale, type Revenue } from './compute-ngr.ts';
import { type MonthMeasures, pickRate, type Step, sumMarginal, type Tier } from './compute-rate.ts';
import type { DealTerms, TierGroups } from './terms.ts';

/** What is counted of one day; of several together where no cap looks at days. */
export interface Counted extends Revenue {
  ftdCount: number;
}

/** Days of a month under one version of the terms. */
export interface Stretch {
  terms: DealTerms;
  /** How many days of the month fall under it. */
  days: number;
  /** In the order of the days. */
  counted: readonly Counted[];
}

/** A month of a deal, its stretches in order; at least one. */
export interface DealMonthFacts {
  stretches: readonly Stretch[];
  daysInMonth: number;
}

/** What a month makes by itself. Minor units; may be negative. */
export interface Earnings extends MonthMeasures {
  cpaMinor: number;
  revenueShareMinor: number;
  flatMinor: number;
  /** Their sum, capped. */
  earnedMinor: number;
}

/** What is paid upon when a balance was carried over. */
interface AfterCarryOver {
  /** NGR left after it, not negative. */
  ngrMinor: number;
  /** Whether tiers look at that. */
  beforeTiers: boolean;
}

/**
 * What terms give for a month. Each of CPA, revenue share and flat is rounded once, half away from zero; the NGR, an amount that
 * is shown and carried, by itself. Tiers look at the whole month. Of terms that changed within it each pays for its own days; the cap of
 * what is earned is that of the last.
 */
export function computeEarnings({ stretches, daysInMonth }: DealMonthFacts, after?: AfterCarryOver): Earnings {
  const ngrs = roundParts(
    computeNgr(stretches.map(({ terms, counted }) => ({ revenue: sumOf(counted), terms: terms.ngr }))),
  );
  const ngrMinor = bounded(ngrs.reduce((sum, part) => sum + part, 0n));
  const ftdCount = stretches.reduce((sum, { counted }) => sum + sumOf(counted).ftdCount, 0);
  const measures = { ftdCount, ngrMinor: after?.beforeTiers ? after.ngrMinor : ngrMinor };
  const cpaMinor = bounded(sumCpa(stretches, measures));
  const revenueShareMinor = bounded(sumShares(stretches, ngrs, after?.ngrMinor, measures));
  const flat = stretches.reduce((sum, { terms, days }) => sum + BigInt(terms.flatMinor ?? 0) * BigInt(days), 0n);
  const flatMinor = bounded(divide(flat, BigInt(daysInMonth), 'round'));
  const cap = stretches.at(-1)?.terms.caps.earnedPerMonthMinor ?? mostMinor;
  const earnedMinor = Math.min(cap, cpaMinor + revenueShareMinor + flatMinor);
  return { ftdCount, ngrMinor, cpaMinor, revenueShareMinor, flatMinor, earnedMinor };
}

/** A sum beyond this is a mistake of somebody's; it stays here, so that balances of years still fit a safe integer. */
const mostMinor = 1e13;

const bounded = (amount: bigint): number => Math.max(-mostMinor, Math.min(mostMinor, Number(amount)));

/** Parts in minor units that add up to their rounded sum: what is left over of one goes to the next. */
function roundParts(ngrs: readonly bigint[]): bigint[] {
  let exact = 0n;
  let rounded = 0n;
  return ngrs.map((ngr) => {
    const before = rounded;
    exact += ngr;
    rounded = divide(exact, ngrScale, 'round');
    return rounded - before;
  });
}

function sumOf(counted: readonly Counted[]): Counted {
  const sum = { ftdCount: 0, ggrMinor: 0, ngrMinor: 0, depositsMinor: 0, withdrawalsMinor: 0, bonusesMinor: 0 };
  for (const one of counted) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += one[name] ?? 0;
  }
  return sum;
}

/**
 * First deposits are paid in the order of their days, until a cap is reached. Those that a network takes back on a later day are the ones
 * beyond the month's cap, as long as there are any.
 */
function sumCpa(stretches: readonly Stretch[], measures: MonthMeasures): bigint {
  let sum = 0n;
  // Of days that pay for none; of days that do, and beyond the month's cap.
  let [passed, paid, beyond] = [0, 0, 0];
  for (const { terms, counted } of stretches) {
    if (terms.cpa === null) passed += sumOf(counted).ftdCount;
    const worthOf = terms.cpa && worthBy(terms.cpa, measures);
    const { ftdPerDay, ftdPerMonth, cpaPerDayMinor } = terms.caps;
    for (const { ftdCount } of worthOf ? counted : []) {
      const told = Math.min(ftdCount, ftdPerDay ?? Infinity);
      const room = ftdPerMonth === null ? Infinity : Math.max(0, ftdPerMonth - paid);
      const count = told < 0 ? Math.min(0, beyond + told) : Math.min(told, room);
      const amount = worthOf ? worthOf(passed + paid + count) - worthOf(passed + paid) : 0n;
      sum += cpaPerDayMinor !== null && amount > BigInt(cpaPerDayMinor) ? BigInt(cpaPerDayMinor) : amount;
      paid += count;
      beyond = Math.max(0, beyond + told - count);
    }
  }
  return sum;
}

/** What so many first deposits of a month are worth, from the first on. */
function worthBy(terms: NonNullable<DealTerms['cpa']>, measures: MonthMeasures): (count: number) => bigint {
  if (terms.method === 'marginal') {
    const steps = terms.tiers.map((tier) => stepOf(tier.anyOf, 'minFtd', tier.amountMinor));
    return (count) => sumMarginal(BigInt(count), terms.amountMinor, steps);
  }
  const tiers = terms.tiers.map(({ anyOf, amountMinor }): Tier => ({ anyOf, rate: amountMinor }));
  const rate = BigInt(pickRate(terms.amountMinor, tiers, measures));
  return (count) => rate * BigInt(count);
}

/**
 * The share of the NGR, or of what is paid upon, of which each stretch has as large a part as of the month's NGR. Exact up to the one rounding
 * at the end.
 */
function sumShares(
  stretches: readonly Stretch[],
  ngrs: readonly bigint[],
  paidUponMinor: number | undefined,
  measures: MonthMeasures,
): bigint {
  const ngr = ngrs.reduce((sum, part) => sum + part, 0n);
  const factor = paidUponMinor === undefined ? 1n : BigInt(paidUponMinor);
  // Of a month that is not above zero nothing is left to pay upon: the factor is zero.
  const scale = paidUponMinor === undefined || ngr <= 0n ? 1n : ngr;
  let sum = 0n;
  let before = 0n;
  stretches.forEach(({ terms: { revenueShare } }, at) => {
    const upTo = before + (ngrs[at] ?? 0n) * factor;
    if (revenueShare) sum += shareOf(revenueShare, measures, [before, upTo], scale);
    before = upTo;
  });
  return divide(sum, scale * bpsScale, 'round');
}

const bpsScale = 10_000n;

/** Basis points × `scale`-ths of a minor unit. */
function shareOf(
  { shareBps, tiers, method }: NonNullable<DealTerms['revenueShare']>,
  measures: MonthMeasures,
  [before, upTo]: readonly [bigint, bigint],
  scale: bigint,
): bigint {
  if (method === 'marginal') {
    const steps = tiers.map((tier) => stepOf(tier.anyOf, 'minNgrMinor', tier.shareBps));
    return sumMarginal(upTo, shareBps, steps, scale) - sumMarginal(before, shareBps, steps, scale);
  }
  const rate = pickRate(
    shareBps,
    tiers.map((tier): Tier => ({ anyOf: tier.anyOf, rate: tier.shareBps })),
    measures,
  );
  return BigInt(rate) * (upTo - before);
}

/** Marginal tiers have one condition each: the schema of the terms sees to it. */
const stepOf = ([group]: TierGroups, unit: 'minFtd' | 'minNgrMinor', rate: number): Step => ({
  from: group?.[unit] ?? 1,
  rate,
});
