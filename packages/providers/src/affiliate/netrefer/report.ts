import type { DailyPage, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';
import { createDailyRows } from '../daily-rows.ts';
import { type Decimal, decimal, toMinorUnits } from '../decimals.ts';
import { addDays, isWithin } from '../network-days.ts';
import { plainKeys } from '../plain-keys.ts';
import { requireCurrency } from '../require-currency.ts';

/** A figure as it was counted, and what the operator corrected of it afterwards (case A46); or both in one (A47). */
const figure = z
  .union([decimal, plainKeys({ result: decimal, adjustment: decimal.default(0) })])
  .transform((told) => (typeof told === 'object' ? [told.result, told.adjustment] : [told]))
  .default([0]);

const identifier = z.union([z.string(), z.int()]).transform(String);

const row = plainKeys({
  date: z.union([z.iso.date(), z.iso.datetime({ local: true, offset: true })]),
  brandid: identifier,
  trackerid: identifier,
  currency: z.string().nullish(),
  clicks: figure,
  registrations: figure,
  deposits: figure,
  cpa: figure,
  revshare: figure,
});

type Row = z.output<typeof row>;

const report = z.union([z.array(row), plainKeys({ report: z.array(row) }).transform((answer) => answer.report)]);

/** Path segments: the report of an affiliate from a day to a day. */
export function askReport(call: ProviderCall, { from, to }: DayWindow): Promise<Row[]> {
  return call({ path: `${from}/${to}` }, report);
}

/** The days of a window that are in one month: NetRefer answers for no more at once. */
export async function fetchDaily(
  call: ProviderCall,
  account: NetworkAccount,
  window: DayWindow,
  cursor: string | null,
): Promise<DailyPage> {
  const asked = untilMonthEnds({ from: cursor ?? window.from, to: window.to });
  const rows = toRows(await askReport(call, asked), account, asked);
  return { rows, cursor: asked.to === window.to ? null : addDays(asked.to, 1), isComplete: true };
}

function untilMonthEnds({ from, to }: DayWindow): DayWindow {
  const nextMonth = addDays(`${from.slice(0, 8)}28`, 4).slice(0, 8);
  const last = addDays(`${nextMonth}01`, -1);
  return { from, to: to < last ? to : last };
}

function toRows(listed: readonly Row[], account: NetworkAccount, asked: DayWindow) {
  const rows = createDailyRows(account.currency);
  for (const { date, brandid, trackerid, currency, ...figures } of listed) {
    if (currency != null) requireCurrency(account, currency);
    // A day as a midnight that is of no zone.
    const day = date.slice(0, 10);
    if (!isWithin(asked, day)) throw new ProviderError('invalid_response', 'netrefer: a day that was not asked for');
    rows.add(
      { day, campaign: brandid, source: trackerid, subId: '' },
      {
        clicks: whole(figures.clicks),
        signups: whole(figures.registrations),
        depositsMinor: toMinorUnits(figures.deposits, account.currency),
        commissionMinor: toMinorUnits([...figures.cpa, ...figures.revshare], account.currency),
      },
    );
  }
  return rows.rows();
}

function whole(told: readonly Decimal[]): number {
  const total = told.map(Number).reduce((sum, one) => sum + one, 0);
  if (Number.isSafeInteger(total)) return total;
  throw new ProviderError('invalid_response', 'netrefer: a count that is no whole number');
}
