import { zonedTime } from '../zoned-time.ts';

const dayMs = 86_400_000;

export interface AskedDays {
  readonly from: string;
  readonly to: string;
}

/** The days that two times are in, where they are asked for; null for a question that is none. */
export function readDays(query: URLSearchParams): AskedDays | null {
  const [start, end] = [new Date(query.get('start') ?? ''), new Date(query.get('end') ?? '')];
  const timeZone = query.get('timezone') ?? 'UTC';
  if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) return null;
  return { from: zonedTime(start, timeZone).day, to: zonedTime(end, timeZone).day };
}

export function isAmong({ from, to }: AskedDays, query: URLSearchParams, at: Date): boolean {
  // No zone is a day away from UTC, and what its clocks show takes long to find out.
  if (at.getTime() < Date.parse(from) - dayMs || at.getTime() > Date.parse(to) + 2 * dayMs) return false;
  const { day } = zonedTime(at, query.get('timezone') ?? 'UTC');
  return day >= from && day <= to;
}
