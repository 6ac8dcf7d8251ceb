import * as z from 'zod';

/** Milliseconds since 1970; the offset says nothing. */
const microsoftJson = /^\/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\/$/;

/** A time as Xero writes it: `/Date(1551484292734+0000)/`, or ISO 8601 in UTC, with a zone or without. */
export const wireInstant = z.string().refine((text) => !Number.isNaN(toInstant(text).getTime()), 'must be a time');

/** An invalid date for what is none. @see https://developer.xero.com/documentation/api/accounting/requests-and-responses */
export function toInstant(text: string): Date {
  const milliseconds = microsoftJson.exec(text)?.[1];
  if (milliseconds !== undefined) return new Date(Number(milliseconds));
  if (!z.iso.datetime({ local: true, offset: true }).safeParse(text).success) return new Date(Number.NaN);
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}
