import { zonedTime } from '../zoned-time.ts';

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
  const { day } = zonedTime(at, query.get('timezone') ?? 'UTC');
  return day >= from && day <= to;
}
