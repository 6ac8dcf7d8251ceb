import * as z from 'zod';
import { type Reply, type RoutedRequest, readJson } from '../../kernel/message.ts';
import type { Book } from '../book.ts';
import { zonedTime } from '../zoned-time.ts';
import { refuse } from './refuse.ts';
import { timeZones } from './time-zones.ts';

/** What came of one link at a time. */
export interface Traffic {
  readonly id: string;
  readonly at: Date;
  readonly offer: number;
  readonly sourceId: string;
  readonly sub1: string;
  readonly clicks: number;
  readonly invalidClicks: number;
  readonly duplicateClicks: number;
  readonly conversions: number;
  readonly events: number;
  /** Minor units of the account's currency. */
  readonly revenueMinor: number;
  readonly onHoldConversions: number;
  readonly onHoldRevenueMinor: number;
}

const body = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  timezone_id: z.int(),
  currency_id: z.string().length(3),
  columns: z
    .array(z.object({ column: z.enum(['date', 'offer', 'source_id', 'sub1']) }))
    .min(1)
    .max(10),
});

type Column = z.output<typeof body>['columns'][number]['column'];

interface Books {
  readonly book: Book<Traffic>;
  readonly currency: string;
  readonly rowLimit: number;
}

const longestMs = 365 * 86_400_000;

/** Refuses more than a year, and leaves out what is over the limit of rows, saying so. */
export function answerReport(request: RoutedRequest, { book, currency, rowLimit }: Books): Reply {
  const asked = body.safeParse(readJson(request));
  const timeZone = asked.success ? timeZones[asked.data.timezone_id] : undefined;
  if (!asked.success || timeZone === undefined) return refuse(400, 'The request is invalid');
  const { from, to, columns, currency_id } = asked.data;
  if (Date.parse(to) - Date.parse(from) >= longestMs) return refuse(400, 'The interval is longer than one year');
  if (currency_id !== currency) return refuse(400, 'The simulator converts no currencies');
  const rows = new Map<string, Traffic[]>();
  for (const traffic of book.all()) {
    const { day } = zonedTime(traffic.at, timeZone);
    if (day < from || day > to) continue;
    const key = JSON.stringify(columns.map(({ column }) => toColumn(column, traffic, day)));
    rows.set(key, [...(rows.get(key) ?? []), traffic]);
  }
  const table = [...rows]
    .slice(0, rowLimit)
    .map(([key, traffic]) => ({ columns: JSON.parse(key), reporting: sum(traffic) }));
  // An affiliate's report states no currency; an advertiser's does, in this field.
  const stated = request.contentFault?.kind === 'wrong_currency' ? { currency: 'XTS' } : {};
  const cut = rows.size > rowLimit ? { incomplete_results: true } : {};
  return { status: 200, body: { table, ...stated, ...cut } };
}

function toColumn(column: Column, { offer, sourceId, sub1 }: Traffic, day: string) {
  const ids = { date: String(Date.parse(day) / 1000), offer: String(offer), source_id: sourceId, sub1 };
  const label = column === 'date' ? day : column === 'offer' ? `Offer ${offer}` : ids[column];
  return { column_type: column, id: ids[column], label };
}

function sum(traffic: readonly Traffic[]) {
  const total = (of: (one: Traffic) => number) => traffic.reduce((sum, one) => sum + of(one), 0);
  return {
    imp: 0,
    total_click: total(({ clicks }) => clicks),
    unique_click: total(({ clicks }) => clicks),
    invalid_click: total(({ invalidClicks }) => invalidClicks),
    duplicate_click: total(({ duplicateClicks }) => duplicateClicks),
    cv: total(({ conversions }) => conversions),
    event: total(({ events }) => events),
    revenue: total(({ revenueMinor }) => revenueMinor) / 100,
    on_hold_conversion_count: total(({ onHoldConversions }) => onHoldConversions),
    on_hold_potential_revenue: total(({ onHoldRevenueMinor }) => onHoldRevenueMinor) / 100,
  };
}
