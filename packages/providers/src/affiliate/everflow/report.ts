import type { DailyPage, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { createDailyRows } from '../daily-rows.ts';
import { decimal, toMinorUnits, wholeNumber } from '../decimals.ts';
import { addDays, dayOf, isWithin, lengthOf, startOf } from '../network-days.ts';
import { requireCurrency } from '../require-currency.ts';
import { askTimeZones } from './time-zones.ts';

const report = z.object({
  table: z
    .array(
      z.object({
        columns: z.array(z.object({ column_type: z.string(), id: z.string().nullish() })),
        reporting: z.object({ total_click: wholeNumber, cv: wholeNumber, event: wholeNumber, revenue: decimal }),
      }),
    )
    .nullable(),
  incomplete_results: z.boolean().nullish(),
  currency: z.string().nullish(),
});

type Row = NonNullable<z.output<typeof report>['table']>[number];

/** What is asked next: so many days from a day on, in the zone by Everflow's number. */
interface Place {
  zoneId: number;
  from: string;
  span: number;
}

/**
 * One report of a window, or of the part of it that fits: Everflow leaves out what is over 10,000 rows and says so
 * (https://developers.everflow.io/api-reference/post-affiliatesreportingentitytable), so half as many days are asked for.
 */
export async function fetchDaily(
  call: ProviderCall,
  account: NetworkAccount,
  window: DayWindow,
  cursor: string | null,
): Promise<DailyPage> {
  const place = cursor === null ? await firstPlace(call, account, window) : readCursor(cursor);
  const asked = { from: place.from, to: addDays(place.from, place.span - 1) };
  const answer = await ask(call, account, place.zoneId, asked);
  const isIncomplete = answer.incomplete_results === true;
  if (isIncomplete && place.span > 1)
    return { rows: [], cursor: toCursor({ ...place, span: Math.ceil(place.span / 2) }), isComplete: true };
  const next = addDays(asked.to, 1);
  const left = next > window.to ? 0 : lengthOf({ from: next, to: window.to });
  return {
    rows: toRows(answer.table ?? [], account, asked),
    cursor: left === 0 ? null : toCursor({ ...place, from: next, span: Math.min(place.span, left) }),
    isComplete: !isIncomplete,
  };
}

async function firstPlace(call: ProviderCall, { timeZone }: NetworkAccount, window: DayWindow): Promise<Place> {
  const zone = (await askTimeZones(call)).find(({ timezone }) => timezone === timeZone);
  if (zone === undefined)
    throw new ProviderError('invalid_response', "everflow: it does not count in the account's time zone");
  return { zoneId: zone.timezone_id, from: window.from, span: lengthOf(window) };
}

const toCursor = ({ zoneId, from, span }: Place) => `${zoneId}/${from}/${span}`;

function readCursor(cursor: string): Place {
  const [zoneId, from = '', span] = cursor.split('/');
  return { zoneId: Number(zoneId), from, span: Number(span) };
}

async function ask(call: ProviderCall, account: NetworkAccount, zoneId: number, { from, to }: DayWindow) {
  const columns = ['date', 'offer', 'source_id', 'sub1'].map((column) => ({ column }));
  const json = { from, to, timezone_id: zoneId, currency_id: account.currency, columns, query: { filters: [] } };
  const answer = await call({ method: 'POST', path: 'v1/affiliates/reporting/entity/table', json }, report);
  if (answer.currency != null) requireCurrency(account, answer.currency);
  return answer;
}

function toRows(table: readonly Row[], account: NetworkAccount, asked: DayWindow) {
  const rows = createDailyRows(account.currency);
  for (const { columns, reporting } of table) {
    const named = Object.fromEntries(columns.map(({ column_type, id }) => [column_type, id ?? '']));
    const day = toDay(named.date ?? '', account.timeZone);
    if (!isWithin(asked, day)) throw new ProviderError('invalid_response', 'everflow: a day that was not asked for');
    const names = { campaign: named.offer ?? '', source: named.source_id ?? '', subId: named.sub1 ?? '' };
    rows.add(
      { day, ...names },
      {
        // The total leaves out invalid and duplicate clicks, revenue what is on hold (case A44).
        clicks: reporting.total_click,
        signups: reporting.cv,
        ftdCount: reporting.event,
        commissionMinor: toMinorUnits(reporting.revenue, account.currency),
      },
    );
  }
  return rows.rows();
}

/** A day is told as the second in which it begins, of UTC as it is answered, of the zone as the pages read: both are midnights. */
function toDay(id: string, timeZone: string): string {
  const begins = /^\d{9,10}$/.test(id) ? new Date(Number(id) * 1000) : null;
  if (begins === null) throw new ProviderError('invalid_response', 'everflow: a row without a day');
  if (begins.getTime() % 86_400_000 === 0) return begins.toISOString().slice(0, 10);
  const day = dayOf(begins, timeZone);
  if (startOf(day, timeZone).getTime() === begins.getTime()) return day;
  throw new ProviderError('invalid_response', 'everflow: a day that begins at no midnight');
}
