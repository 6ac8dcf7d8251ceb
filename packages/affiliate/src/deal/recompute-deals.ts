import type { TenantTransaction } from '@tributary/db/transaction';
import { computeBalances, type DealInMonth } from './compute-carry-over.ts';
import { addMonths, daysInMonth, firstDayOf, monthOfDay, monthOfInstant, monthsBetween, payableOn } from './month.ts';
import {
  daysOfStretch,
  type PlannedDeal,
  type PlannedPool,
  type PlannedStretch,
  planMonths,
  stretchesOf,
} from './plan-months.ts';
import { type CountedStretch, readCounted } from './read-counted.ts';
import { lockDeals, readPlanned } from './read-planned.ts';
import { type ComputedMonth, closePlan, writeMonths } from './write-months.ts';

interface Recomputation {
  /** Days whose facts are others now, YYYY-MM-DD. */
  days: readonly string[];
  /** The day from which terms are others now. */
  termsFrom?: string;
  /** A UUID: only this deal and those that share a pool with it. All when left out. */
  dealId?: string;
  now: Date;
}

/**
 * Computes months of deals anew: those of the days, those that began since the last time, and where a balance is carried over all that
 * follow. A month that is as it was is not written, so running it again changes nothing. To be called in the transaction that
 * takes the marks of changed days away, after that: what is not seen here is marked again.
 */
export async function recomputeDeals(
  tx: TenantTransaction,
  { days, termsFrom, dealId, now }: Recomputation,
): Promise<{ written: number }> {
  await lockDeals(tx);
  const deals = await readPlanned(tx, dealId ?? null);
  if (deals.length === 0) return { written: 0 };
  const through = lastMonthOf(days, now);
  const changed = termsFrom === undefined ? [] : monthsBetween(monthOfDay(termsFrom), through);
  const pools = planMonths(deals, [...new Set([...days.map(monthOfDay), ...changed])], through);
  const planned = await readFacts(tx, pools);
  const formerClosings = await readClosings(tx, pools);
  const months = pools.flatMap((pool) => computePool(pool, planned, formerClosings));
  const done = await writeMonths(tx, months, now);
  await closePlan(tx, deals, through);
  return done;
}

/** This month, or the next where a network's days are ahead of ours. */
function lastMonthOf(days: readonly string[], now: Date): string {
  const current = monthOfInstant(now);
  const next = addMonths(current, 1);
  return days.some((day) => monthOfDay(day) === next) ? next : current;
}

interface DealMonth {
  deal: PlannedDeal;
  stretches: (PlannedStretch & CountedStretch)[];
}

type DealMonths = ReadonlyMap<string, DealMonth>;

const keyOf = (dealId: string, month: string) => `${dealId} ${month}`;

/** The stretches of every month that is planned, with what was counted of them. */
async function readFacts(tx: TenantTransaction, pools: readonly PlannedPool[]): Promise<DealMonths> {
  const planned = pools.flatMap(({ deals, months }) =>
    deals.flatMap((deal) =>
      months.flatMap((month) => stretchesOf(deal, month).map((stretch) => ({ deal, month, stretch }))),
    ),
  );
  const counted = await readCounted(tx, planned);
  const dealMonths = new Map<string, DealMonth>();
  planned.forEach(({ deal, month, stretch }, at) => {
    const key = keyOf(deal.dealId, month);
    const known = dealMonths.get(key) ?? { deal, stretches: [] };
    known.stretches.push({ ...stretch, ...(counted[at] as CountedStretch) });
    dealMonths.set(key, known);
  });
  return dealMonths;
}

/** How the month before the first planned one closed, by deal. */
async function readClosings(
  tx: TenantTransaction,
  pools: readonly PlannedPool[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = pools.flatMap(({ deals, months: [first] }) =>
    first === undefined ? [] : deals.map(({ dealId }) => ({ dealId, month: firstDayOf(addMonths(first, -1)) })),
  );
  const rows = await tx.query<{ dealId: string; closingMinor: number }>(
    `select m.deal_id as "dealId", m.closing_minor as "closingMinor"
     from unnest($2::uuid[], $3::date[]) w (deal_id, month)
     join affiliate.deal_months m on m.org_id = $1 and m.deal_id = w.deal_id and m.month = w.month`,
    [tx.orgId, wanted.map(({ dealId }) => dealId), wanted.map(({ month }) => month)],
  );
  return new Map(rows.map(({ dealId, closingMinor }) => [dealId, closingMinor]));
}

/** The months of a pool, each opening with what the one before left. */
function computePool(
  { deals, months }: PlannedPool,
  planned: DealMonths,
  formerClosings: ReadonlyMap<string, number>,
): ComputedMonth[] {
  const closings = new Map(formerClosings);
  return months.flatMap((month) => {
    const present = deals.flatMap(({ dealId }) => planned.get(keyOf(dealId, month)) ?? []);
    const balances = computeBalances(
      present.map((dealMonth) => toDealInMonth(dealMonth, month, closings.get(dealMonth.deal.dealId) ?? 0)),
    );
    return balances.map((balance, at): ComputedMonth => {
      closings.set(balance.dealId, balance.closingMinor);
      return { ...balance, month, ...describe((present[at] as DealMonth).stretches, month) };
    });
  });
}

function toDealInMonth({ deal, stretches }: DealMonth, month: string, formerClosingMinor: number): DealInMonth {
  const facts = {
    daysInMonth: daysInMonth(month),
    stretches: stretches.map((stretch) => ({
      terms: stretch.terms,
      days: daysOfStretch(stretch),
      counted: stretch.counted,
    })),
  };
  return { dealId: deal.dealId, carryOver: deal.carryOver, facts, formerClosingMinor };
}

/** How long a month is held is said by the terms that it ends with. */
function describe(stretches: DealMonth['stretches'], month: string) {
  const [first, last] = [stretches[0], stretches.at(-1)] as [PlannedStretch, PlannedStretch];
  return {
    firstVersion: first.version,
    lastVersion: last.version,
    payableOn: payableOn(month, last.terms.holdDays),
    reportedMinor: stretches.reduce((sum, { reportedMinor }) => sum + reportedMinor, 0),
  };
}
