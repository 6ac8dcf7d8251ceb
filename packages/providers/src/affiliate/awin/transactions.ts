import type { DailyPage, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { pathSegment } from '../../path-segment.ts';
import { createDailyRows } from '../daily-rows.ts';
import { decimal, toMinorUnits } from '../decimals.ts';
import { dayOf, isWithin } from '../network-days.ts';
import { countSale, counts, type Outcome, type Outcomes, outcomeOf } from '../outcome.ts';
import { requireCurrency } from '../require-currency.ts';

/** Start and end of a question are at most 31 days apart. */
export const windowDays = 31;

/** The statuses one can ask for, as documented. `deleted` is one that is gone (case A49 has the others). */
const outcomes: Outcomes = { pending: 'pending', approved: 'approved', declined: 'reversed', deleted: 'reversed' };

const amount = z.object({ amount: decimal, currency: z.string() });

const transaction = z.object({
  advertiserId: z.int(),
  commissionStatus: z.string(),
  commissionAmount: amount,
  saleAmount: amount,
  /** In the zone that was asked for, without one of its own (case A55). */
  transactionDate: z.iso.datetime({ local: true, offset: true }),
  campaign: z.string().nullish(),
  clickRefs: z.object({ clickRef: z.string().nullish() }).nullish(),
  paidToPublisher: z.boolean().nullish(),
});

type Transaction = z.output<typeof transaction>;

/**
 * All transactions of a window, as they stand today: Awin does not page. One that was declined or amended since is told on the day
 * on which it happened.
 */
export async function fetchDaily(call: ProviderCall, account: NetworkAccount, window: DayWindow): Promise<DailyPage> {
  const query = {
    startDate: `${window.from}T00:00:00`,
    endDate: `${window.to}T23:59:59`,
    timezone: account.timeZone,
    dateType: 'transaction',
  };
  const path = `publishers/${pathSegment(account.accountRef)}/transactions/`;
  const listed = await call({ path, query }, z.array(transaction));
  return {
    rows: toRows(listed, account, window),
    cursor: null,
    // A status we do not know may be one that counts.
    isComplete: listed.every((one) => outcomeOfTransaction(one) !== 'other'),
  };
}

/** What was paid out keeps its status. */
function outcomeOfTransaction({ paidToPublisher, commissionStatus }: Transaction): Outcome {
  return paidToPublisher === true ? 'paid' : outcomeOf(outcomes, commissionStatus);
}

function toRows(listed: readonly Transaction[], account: NetworkAccount, window: DayWindow) {
  const rows = createDailyRows(account.currency);
  for (const one of listed) {
    requireCurrency(account, one.commissionAmount.currency);
    requireCurrency(account, one.saleAmount.currency);
    const day = toDay(one.transactionDate, account.timeZone);
    if (!isWithin(window, day)) throw new ProviderError('invalid_response', 'awin: a day that was not asked for');
    if (!counts(outcomeOfTransaction(one))) continue;
    const saleMinor = toMinorUnits(one.saleAmount.amount, account.currency);
    const commissionMinor = toMinorUnits(one.commissionAmount.amount, account.currency);
    const grain = {
      day,
      campaign: String(one.advertiserId),
      source: one.campaign ?? '',
      subId: one.clickRefs?.clickRef ?? '',
    };
    rows.add(grain, countSale(saleMinor, commissionMinor));
  }
  return rows.rows();
}

function toDay(time: string, timeZone: string): string {
  return /(?:Z|[+-]\d{2}:?\d{2})$/.test(time) ? dayOf(new Date(time), timeZone) : time.slice(0, 10);
}
