import { isCurrency } from '@tributary/core/money';
import * as z from 'zod';

/** As it is shown to members and, in its programme, to those who buy. */
export const organizationName = z.string().trim().min(1).max(200);

/** ISO 3166-1 alpha-2. */
export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, { message: 'must be an ISO 3166-1 code', abort: true })
  .refine(isCountry, 'must be an ISO 3166-1 code');

/** Decides which day a sale is of. */
export const timeZone = z.string().max(64).refine(isTimeZone, 'must be an IANA time zone');

export const baseCurrency = z
  .string()
  .regex(/^[A-Z]{3}$/, { message: 'must be an ISO 4217 code', abort: true })
  .refine(isCurrency, 'must be an ISO 4217 code');

// What CLDR knows beside countries: groupings, and codes for tests and for what is unknown.
const noCountries = ['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ'];

function isCountry(code: string): boolean {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  return !noCountries.includes(code) && names.of(code) !== undefined;
}

// An offset such as +02:00 is none: Postgres reads its sign the other way round, and it knows no summer.
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
