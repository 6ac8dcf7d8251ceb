const formats = new Map<string, Intl.DateTimeFormat>();

/** The day of a time in a time zone (IANA), `YYYY-MM-DD`. */
export function businessDay(at: Date, timeZone: string): string {
  // en-CA writes dates the ISO way. Making a format costs a hundred times what using one does.
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format.format(at);
}
