import type { DailyMetric, DailyPage, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { createDailyRows } from '../daily-rows.ts';
import { decimal, toMinorUnits, wholeNumber } from '../decimals.ts';
import { isWithin } from '../network-days.ts';
import { countSale, counts, type Outcome, type Outcomes, outcomeOf } from '../outcome.ts';
import { plainKeys } from '../plain-keys.ts';
import { requireCurrency } from '../require-currency.ts';

const pageSize = 100;

/** By letter, and by word as the newest version writes them (case A49). */
const outcomes: Outcomes = {
  A: 'approved',
  P: 'pending',
  D: 'reversed',
  APPROVED: 'approved',
  PENDING: 'pending',
  DECLINED: 'reversed',
};

type Count = (depositsMinor: number, commissionMinor: number) => Partial<Record<DailyMetric, number>>;

const action: Count = (depositsMinor, commissionMinor) => ({ signups: 1, depositsMinor, commissionMinor });
const repeat: Count = (depositsMinor, commissionMinor) => ({ depositsMinor, commissionMinor });
const bonus: Count = (_, commissionMinor) => ({ commissionMinor });
// A transaction of its own beside the one it reverses, which stays: it takes off once, whichever sign it has (case A34).
const reversal: Count = (depositsMinor, commissionMinor) => ({
  depositsMinor: -Math.abs(depositsMinor),
  commissionMinor: -Math.abs(commissionMinor),
});

/** What types of transaction count as, by letter and by word. One that is not here counts as nothing. */
const kinds: Readonly<Record<string, Count>> = {
  S: countSale,
  SALE: countSale,
  A: action,
  ACTION: action,
  U: repeat,
  RECURRING: repeat,
  B: bonus,
  C: bonus,
  E: bonus,
  F: bonus,
  I: bonus,
  R: reversal,
  REFUND: reversal,
  H: reversal,
  CHARGEBACK: reversal,
};

const transaction = plainKeys({
  type: z.string(),
  rstatus: z.string().nullish(),
  status: z.string().nullish(),
  totalcost: decimal.nullish(),
  commission: decimal,
  currencyid: z.string().nullish(),
  /** In the server's zone, which it does not say. */
  dateinserted: z.string().regex(/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?/),
  campaignid: z.union([z.string(), z.int()]).nullish(),
  affiliateid: z.union([z.string(), z.int()]).nullish(),
});

type Transaction = z.output<typeof transaction>;

const list = z.array(transaction);

const page = z.object({
  data: z.union([list, z.object({ items: list }).transform(({ items }) => items)]),
  total: wholeNumber.nullish(),
});

/** What is asked next: so many on, of as many as the first page said. */
interface Place {
  offset: number;
  total: number | null;
}

/** One page of all transactions there are, of which those of the window are taken. */
export async function fetchDaily(
  call: ProviderCall,
  account: NetworkAccount,
  window: DayWindow,
  cursor: string | null,
): Promise<DailyPage> {
  const place: Place = cursor === null ? { offset: 0, total: null } : (JSON.parse(cursor) as Place);
  const query = { offset: String(place.offset), limit: String(pageSize) };
  const { data, total = null } = await call({ path: 'transactions', query }, page);
  // One more or one less may move all others, and a row would be counted twice or never.
  if (cursor !== null && total !== place.total)
    throw new ProviderError('unavailable', 'post-affiliate-pro: the list changed while it was read');
  const offset = place.offset + data.length;
  const isLast = total === null ? data.length < pageSize : offset >= total;
  if (!isLast && data.length === 0)
    throw new ProviderError('invalid_response', 'post-affiliate-pro: the list ends before its end');
  const found = data.filter(({ dateinserted }) => isWithin(window, dateinserted.slice(0, 10)));
  return {
    rows: toRows(found, account),
    cursor: isLast ? null : JSON.stringify({ offset, total }),
    isComplete: found.every((one) => kindOf(one) !== undefined && statusOf(one) !== 'other'),
  };
}

const statusOf = ({ rstatus, status }: Transaction): Outcome =>
  outcomeOf(outcomes, (rstatus ?? status ?? '').toUpperCase());

const kindOf = ({ type }: Transaction) => kinds[type.toUpperCase()];

function toRows(found: readonly Transaction[], account: NetworkAccount) {
  const rows = createDailyRows(account.currency);
  for (const one of found) {
    if (one.currencyid != null) requireCurrency(account, one.currencyid);
    if (!counts(statusOf(one))) continue;
    const day = one.dateinserted.slice(0, 10);
    const campaign = String(one.campaignid ?? '');
    rows.add({ day, campaign, source: '', subId: String(one.affiliateid ?? '') }, countOf(one, account.currency));
  }
  return rows.rows();
}

function countOf(one: Transaction, currency: string): ReturnType<Count> {
  const depositsMinor = toMinorUnits(one.totalcost ?? 0, currency);
  return kindOf(one)?.(depositsMinor, toMinorUnits(one.commission, currency)) ?? {};
}
