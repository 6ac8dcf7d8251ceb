import type { DailyPage, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { timestamp } from '../../fields.ts';
import { createDailyRows } from '../daily-rows.ts';
import { decimal, toMinorUnits, wholeNumber } from '../decimals.ts';
import { addDays, dayOf, isWithin, startOf } from '../network-days.ts';
import { countSale, counts, type Outcomes, outcomeOf } from '../outcome.ts';
import { requireCurrency } from '../require-currency.ts';

/** Start and end of a question are at most 45 days apart (case A40). */
export const windowDays = 45;

const pageSize = 1000;
const hourMs = 3_600_000;

/** https://integrations.impact.com/impact-publisher/reference: PENDING, APPROVED, REVERSED; LOCKED and PAID as others met them (case A49). */
const outcomes: Outcomes = {
  PENDING: 'pending',
  APPROVED: 'approved',
  LOCKED: 'approved',
  REVERSED: 'reversed',
  PAID: 'paid',
};

const action = z.object({
  CampaignId: z.union([z.string(), z.int()]).transform(String),
  State: z.string(),
  Payout: decimal,
  Amount: decimal,
  Currency: z.string(),
  EventDate: timestamp,
  SharedId: z.string().nullish(),
  SubId1: z.string().nullish(),
});

const actions = z.object({
  Actions: z.array(action),
  '@page': wholeNumber,
  '@numpages': wholeNumber,
  '@total': wholeNumber.nullish(),
});

type Action = z.output<typeof action>;

/** What is asked next: a page of a part, of as many rows as the first page said. */
interface Place {
  part: number;
  page: number;
  total: number | null;
}

/**
 * One page of the actions that happened in a window, as they stand today: one that was reversed or changed since is told on the day
 * on which it happened.
 */
export async function fetchDaily(
  call: ProviderCall,
  account: NetworkAccount,
  window: DayWindow,
  cursor: string | null,
): Promise<DailyPage> {
  const place: Place = cursor === null ? { part: 0, page: 1, total: null } : (JSON.parse(cursor) as Place);
  const parts = partsOf(window, account.timeZone);
  const answer = await ask(call, parts[place.part] ?? window, account, place);
  const isLast = place.page >= answer['@numpages'];
  const hasNextPart = place.part + 1 < parts.length;
  const next: Place = isLast
    ? { part: place.part + 1, page: 1, total: null }
    : { ...place, page: place.page + 1, total: answer['@total'] ?? null };
  return {
    rows: toRows(answer.Actions, account, window),
    cursor: isLast && !hasNextPart ? null : JSON.stringify(next),
    // A state we do not know may be one that counts.
    isComplete: answer.Actions.every(({ State }) => outcomeOf(outcomes, State) !== 'other'),
  };
}

/** A window in which the clocks go back is an hour longer than its days: then its last day is asked for alone. */
function partsOf({ from, to }: DayWindow, timeZone: string): DayWindow[] {
  const lengthMs = startOf(addDays(to, 1), timeZone).getTime() - startOf(from, timeZone).getTime();
  if (lengthMs <= windowDays * 24 * hourMs) return [{ from, to }];
  return [
    { from, to: addDays(to, -1) },
    { from: to, to },
  ];
}

async function ask(call: ProviderCall, { from, to }: DayWindow, { timeZone }: NetworkAccount, { page, total }: Place) {
  const endMs = startOf(addDays(to, 1), timeZone).getTime() - 1000;
  const query = {
    ActionDateStart: toInstant(startOf(from, timeZone)),
    ActionDateEnd: toInstant(new Date(endMs)),
    PageSize: String(pageSize),
    Page: String(page),
  };
  const answer = await call({ path: 'Actions', query }, actions);
  if (answer['@page'] !== page) throw new ProviderError('invalid_response', 'impact: another page than was asked for');
  // The newest come first: one more moves all others, and a row would be counted twice.
  if (total !== null && answer['@total'] != null && answer['@total'] !== total)
    throw new ProviderError('unavailable', 'impact: the list changed while it was read');
  return answer;
}

/** `2026-06-01T07:00:00Z`. */
const toInstant = (at: Date) => at.toISOString().replace('.000Z', 'Z');

function toRows(listed: readonly Action[], account: NetworkAccount, window: DayWindow) {
  const rows = createDailyRows(account.currency);
  for (const { CampaignId, State, Payout, Amount, Currency, EventDate, SharedId, SubId1 } of listed) {
    requireCurrency(account, Currency);
    const day = dayOf(new Date(EventDate), account.timeZone);
    if (!isWithin(window, day)) throw new ProviderError('invalid_response', 'impact: a day that was not asked for');
    if (!counts(outcomeOf(outcomes, State))) continue;
    const [saleMinor, commissionMinor] = [toMinorUnits(Amount, Currency), toMinorUnits(Payout, Currency)];
    const grain = { day, campaign: CampaignId, source: SharedId ?? '', subId: SubId1 ?? '' };
    rows.add(grain, countSale(saleMinor, commissionMinor));
  }
  return rows.rows();
}
