import * as z from 'zod';

/** A time a caller gives, to the millisecond. Outside these years neither ISO 8601 nor Postgres agree with `Date` on how to write it. */
export const instant = z.iso.datetime({ offset: true }).refine((text) => {
  const year = new Date(text).getUTCFullYear();
  return year >= 1 && year <= 9999;
}, 'must be a time between the years 1 and 9999');
