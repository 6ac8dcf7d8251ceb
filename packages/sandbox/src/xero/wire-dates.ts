/**
 * `/Date(1551484292734+0000)/`: milliseconds since 1970; the offset says nothing.
 * @see https://developer.xero.com/documentation/api/requests-and-responses
 */
export function toWireDate(milliseconds: number): string {
  return `/Date(${milliseconds}+0000)/`;
}

/** `2018-11-02T16:36:32Z`. */
export function toWireInstant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** A day in both ways in which documents say it: `2018-10-20T00:00:00` and `/Date(1539993600000+0000)/`. */
export function toWireDay(day: string): { text: string; date: string } {
  return { text: `${day}T00:00:00`, date: toWireDate(Date.parse(`${day}T00:00:00Z`)) };
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/;
const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** Reads If-Modified-Since: the whole second it lies in, in milliseconds; null when it is absent or no time. */
export function readModifiedSince(header: string | undefined): number | null {
  if (header === undefined) return null;
  const iso = isoTime.exec(header);
  if (iso === null && !httpDate.test(header)) return null;
  const milliseconds = Date.parse(iso !== null && iso[1] === undefined ? `${header}Z` : header);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000) * 1000;
}
