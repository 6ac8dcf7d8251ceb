import type { DailyPage, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { timestamp } from '../../fields.ts';
import { createDailyRows, type DailyRows } from '../daily-rows.ts';
import { addDays, dayOf } from '../network-days.ts';
import { counts, type Outcomes, outcomeOf } from '../outcome.ts';
import { requireCurrency } from '../require-currency.ts';

const pageSize = 100;

/** Dub leaves out the partners beyond and does not say so (https://github.com/dubinc/dub, v4_group_by_link_metadata.pipe). */
const mostPartners = 5000;

/** https://dub.co/docs/api-reference/commissions/list */
const outcomes: Outcomes = {
  pending: 'pending',
  processed: 'approved',
  paid: 'paid',
  refunded: 'reversed',
  duplicate: 'reversed',
  fraud: 'reversed',
  canceled: 'reversed',
  // In no sum of Dub's own until it is lifted, as what other networks hold (case A44).
  hold: 'reversed',
};

const commission = z.object({
  id: z.string().min(1),
  /** Cents, below zero for a clawback. */
  earnings: z.int(),
  currency: z.string(),
  status: z.string(),
  createdAt: timestamp,
  partner: z.object({ id: z.string() }),
});

const count = z.int().default(0);

/** https://dub.co/docs/api-reference/analytics/retrieve, grouped by partner; amounts in cents. */
const partner = z.object({ partnerId: z.string(), clicks: count, leads: count, sales: count, saleAmount: count });

/** What is asked next: a day, from its beginning or from the commissions after one. */
interface Place {
  day: string;
  after: string | null;
}

/** A day of a window: what its partners brought, and the first hundred commissions; or the next hundred. */
export async function fetchDaily(
  call: ProviderCall,
  account: NetworkAccount,
  window: DayWindow,
  cursor: string | null,
): Promise<DailyPage> {
  const place: Place = cursor === null ? { day: window.from, after: null } : (JSON.parse(cursor) as Place);
  const rows = createDailyRows(account.currency);
  const hasAllPartners = place.after !== null || (await addTraffic(call, place.day, rows));
  const listed = await askCommissions(call, place);
  const areKnown = addCommissions(listed, account, place.day, rows);
  const next = nextPlace(place, listed);
  return {
    rows: rows.rows(),
    cursor: next.day > window.to ? null : JSON.stringify(next),
    isComplete: hasAllPartners && areKnown,
  };
}

/** @returns whether no partner was left out */
async function addTraffic(call: ProviderCall, day: string, rows: DailyRows): Promise<boolean> {
  const all = await askPartners(call, day, { event: 'composite' });
  const first = await askPartners(call, day, { event: 'sales', saleType: 'new' });
  for (const { partnerId, clicks, leads, saleAmount } of all)
    rows.add(grainOf(day, partnerId), { clicks, signups: leads, depositsMinor: saleAmount });
  for (const { partnerId, sales } of first) rows.add(grainOf(day, partnerId), { ftdCount: sales });
  return all.length < mostPartners && first.length < mostPartners;
}

function askPartners(call: ProviderCall, day: string, asked: Record<string, string>) {
  const query = { ...asked, groupBy: 'top_partners', ...boundsOf(day) };
  return call({ path: 'analytics', query }, z.array(partner));
}

async function askCommissions(call: ProviderCall, { day, after }: Place) {
  const query = {
    ...boundsOf(day),
    sortBy: 'createdAt',
    sortOrder: 'asc',
    pageSize: String(pageSize),
    ...(after !== null && { startingAfter: after }),
  };
  return call({ path: 'commissions', query }, z.array(commission));
}

/** Both are read as the whole day that they are in. */
const boundsOf = (day: string) => ({
  start: `${day}T00:00:00.000Z`,
  end: `${day}T00:00:00.000Z`,
  timezone: 'UTC',
});

function nextPlace({ day, after }: Place, listed: readonly z.output<typeof commission>[]): Place {
  const last = listed.at(-1);
  if (last === undefined || listed.length < pageSize) return { day: addDays(day, 1), after: null };
  // The first page goes by time, those after a commission by its id: where they differ, rows would come twice or never.
  const ids = listed.map(({ id }) => id);
  if (ids.some((id, index) => id <= (ids[index - 1] ?? after ?? '')))
    throw new ProviderError('invalid_response', 'dub: commissions are not in the order of their ids');
  return { day, after: last.id };
}

/** @returns whether the statuses are known: one that is not may count */
function addCommissions(
  listed: readonly z.output<typeof commission>[],
  account: NetworkAccount,
  day: string,
  rows: DailyRows,
): boolean {
  for (const { earnings, currency, status, createdAt, partner } of listed) {
    requireCurrency(account, currency.toUpperCase());
    if (dayOf(new Date(createdAt), 'UTC') !== day)
      throw new ProviderError('invalid_response', 'dub: a day that was not asked for');
    if (counts(outcomeOf(outcomes, status))) rows.add(grainOf(day, partner.id), { commissionMinor: earnings });
  }
  return listed.every(({ status }) => outcomeOf(outcomes, status) !== 'other');
}

const grainOf = (day: string, partnerId: string) => ({ day, campaign: '', source: '', subId: partnerId });
