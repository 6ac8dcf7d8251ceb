const formats = new Map<string, Intl.DateTimeFormat>();

export interface ZonedTime {
  /** YYYY-MM-DD. */
  readonly day: string;
  /** `23:30:00`. */
  readonly time: string;
  /** `-07:00`. */
  readonly offset: string;
}

/** What the clocks of a zone show. */
export function zonedTime(at: Date, timeZone: string): ZonedTime {
  const known = formats.get(timeZone);
  const format = known ?? new Intl.DateTimeFormat('sv-SE', { timeZone, ...parts, timeZoneName: 'longOffset' });
  formats.set(timeZone, format);
  const named = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    day: `${named.year}-${named.month}-${named.day}`,
    time: `${named.hour}:${named.minute}:${named.second}`,
    offset: (named.timeZoneName ?? '').replace('GMT', '').replace('−', '-') || '+00:00',
  };
}

const parts = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;
