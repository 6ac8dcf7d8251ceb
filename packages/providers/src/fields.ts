import type { CustomerRef } from '@tributary/core/facts';
import * as z from 'zod';

/** An identifier of a provider's. Bounded because it ends up in index keys, which Postgres limits to 2,704 bytes. */
export const identifier = z.string().min(1).max(255);

/** RFC 3339 with a zone; fractions of any length (Square sends nanoseconds in some events). */
export const timestamp = z.iso.datetime({ offset: true });

/** Milliseconds since 1970, within what a Date can hold. */
export const epochMs = z.int().nonnegative().max(8.64e15);

/** An amount in minor units. */
export const minorUnits = z.int().nonnegative();

/** ISO 4217 in either case. */
export const currency = z.string().regex(/^[A-Za-z]{3}$/);

type Loose<Shape> = { [Key in keyof Shape]: Shape[Key] | null | undefined };

/** The parts of a customer that are known; null when none is. */
export function customerRef(parts: Loose<CustomerRef>): CustomerRef | null {
  const known = Object.entries(parts)
    .map(([name, text]) => [name, text?.trim()] as const)
    .filter(([, text]) => text);
  return known.length > 0 ? Object.fromEntries(known) : null;
}
