import type { DayWindow } from '@tributary/core/daily-stats';

const dayMs = 86_400_000;
const days = new Map<string, Intl.DateTimeFormat>();
const clocks = new Map<string, Intl.DateTimeFormat>();

/** The day of an instant where a network counts, YYYY-MM-DD. */
export function dayOf(at: Date, timeZone: string): string {
  // en-CA writes dates the ISO way. Making a format costs a hundred times what using one does.
  const format = days.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  days.set(timeZone, format);
  return format.format(at);
}

/** When a day begins where a network counts. */
export function startOf(day: string, timeZone: string): Date {
  const midnightMs = Date.parse(`${day}T00:00:00Z`);
  const guess = new Date(midnightMs - offsetMs(new Date(midnightMs), timeZone));
  // Where the clocks change at midnight one of the two is in the day before.
  const other = new Date(midnightMs - offsetMs(guess, timeZone));
  const [earlier, later] = guess < other ? [guess, other] : [other, guess];
  return dayOf(earlier, timeZone) === day ? earlier : later;
}

/** A day so many days later. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * dayMs).toISOString().slice(0, 10);
}

/** How many days a window has. */
export function lengthOf({ from, to }: DayWindow): number {
  return (Date.parse(to) - Date.parse(from)) / dayMs + 1;
}

export function isWithin({ from, to }: DayWindow, day: string): boolean {
  return day >= from && day <= to;
}

/** How far a zone's clocks are ahead of UTC at an instant. */
export function offsetMs(at: Date, timeZone: string): number {
  const options = { timeZone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' } as const;
  const format = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', options);
  clocks.set(timeZone, format);
  const [day, time] = format.format(at).split(', ');
  return Date.parse(`${day}T${time}Z`) - Math.floor(at.getTime() / 1000) * 1000;
}
