import type { DayWindow } from '@tributary/core/daily-stats';
import { Temporal } from 'temporal-polyfill';

/** How far back a network may change a day after it was reported, today included. */
const resyncDays = 35;
/** Until this day of the month the whole month before is read again: networks settle it then. */
const settlingDays = 10;

/** The day it is in a zone, YYYY-MM-DD. */
export function dayIn(timeZone: string, at: Date): string {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** So many days later, or earlier when negative. */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** Whichever of two days comes first. */
export function earlier(day: string, other: string): string {
  return day < other ? day : other;
}

/** Whichever of two days comes last. */
export function later(day: string, other: string): string {
  return day < other ? other : day;
}

/** How many days a window has. */
export function daysOf({ from, to }: DayWindow): number {
  return Temporal.PlainDate.from(from).until(to).days + 1;
}

/** The days that are read in every sync, because their figures may still change. A later day begins them no earlier. */
export function daysToReadAgain(today: string): DayWindow {
  const date = Temporal.PlainDate.from(today);
  const usual = date.subtract({ days: resyncDays - 1 });
  const lastMonth = date.with({ day: 1 }).subtract({ months: 1 });
  const isSettling = date.day <= settlingDays && Temporal.PlainDate.compare(lastMonth, usual) < 0;
  return { from: (isSettling ? lastMonth : usual).toString(), to: today };
}

/** The same days in windows that neither meet nor overlap, the newest first. */
export function mergeWindows(windows: readonly DayWindow[]): DayWindow[] {
  const merged: DayWindow[] = [];
  for (const window of windows.toSorted((a, b) => (a.to < b.to ? 1 : -1))) {
    const last = merged.at(-1);
    if (last === undefined || addDays(window.to, 1) < last.from) merged.push({ ...window });
    else if (window.from < last.from) last.from = window.from;
  }
  return merged;
}

/** The days of the windows without those of one, the newest first. */
export function withoutWindow(windows: readonly DayWindow[], { from, to }: DayWindow): DayWindow[] {
  return windows.flatMap((window) => {
    if (window.to < from || window.from > to) return [window];
    const later = window.to > to ? [{ from: addDays(to, 1), to: window.to }] : [];
    const earlier = window.from < from ? [{ from: window.from, to: addDays(from, -1) }] : [];
    return [...later, ...earlier];
  });
}
