import { Temporal } from 'temporal-polyfill';
import type { SubAffiliateRow } from '../sub-affiliate/sub-affiliate.sql.ts';

const netDays: Readonly<Record<SubAffiliateRow['paymentTerms'], number | null>> = {
  net7: 7,
  net15: 15,
  net30: 30,
  net60: 60,
  manual: null,
};

/** The day the invoice of a month is due, counted from the month's last day (case A59); null where both have to agree. */
export function computeDueDay(month: string, terms: SubAffiliateRow['paymentTerms']): string | null {
  const days = netDays[terms];
  return days === null ? null : lastDayOf(month).add({ days }).toString();
}

/** @param month its first day, YYYY-MM-DD */
export function lastDayOf(month: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(month).add({ months: 1 }).subtract({ days: 1 });
}
