import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';

/** A day of a deal. Before 2000 there is no programme, and a month each since then is what a deal can have. */
export const dealDay = z.iso
  .date()
  .refine((day) => day >= '2000-01-01' && day < '2100-01-01', 'must be a day of 2000 to 2099');

/** YYYY-MM. */
export const dealMonth = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'must be a month of 2000 to 2099, as YYYY-MM');

/** The month of a day, YYYY-MM. */
export const monthOfDay = (day: string): string => day.slice(0, 7);

/** The month that it is now, by the UTC calendar. */
export const monthOfInstant = (now: Date): string => monthOfDay(now.toISOString());

export const firstDayOf = (month: string): string => `${month}-01`;

export const daysInMonth = (month: string): number => Temporal.PlainYearMonth.from(month).daysInMonth;

export const lastDayOf = (month: string): string => `${month}-${daysInMonth(month)}`;

export const addMonths = (month: string, months: number): string =>
  Temporal.PlainYearMonth.from(month).add({ months }).toString();

/** Months from one to another, both included. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = [];
  for (let month = from; month <= to; month = addMonths(month, 1)) months.push(month);
  return months;
}

/** When a month is payable that is held for some days after its end: June and 30 days make 30 July (case A59). */
export const payableOn = (month: string, holdDays: number): string =>
  Temporal.PlainDate.from(lastDayOf(month)).add({ days: holdDays }).toString();

/** The day after, or before where `days` is negative. */
export const addDays = (day: string, days: number): string => Temporal.PlainDate.from(day).add({ days }).toString();

/** Days from one to another, both included. */
export const countDays = (from: string, to: string): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days + 1;
