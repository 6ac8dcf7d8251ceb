import type { ProviderCall } from '@tributary/core/provider-call';
import * as z from 'zod';
import { currency, identifier } from '../fields.ts';

const locationList = z.looseObject({
  locations: z.array(z.looseObject({ id: identifier, currency: currency.nullish() })).nullish(),
});

export interface SquareLocation {
  id: string;
  /** What it deals in (ISO 4217); null where Square does not say. */
  currency: string | null;
}

/**
 * All of them: a closed one still has refunds.
 * @see https://developer.squareup.com/reference/square/locations-api/list-locations
 */
export async function readLocations(call: ProviderCall): Promise<SquareLocation[]> {
  const { locations } = await call({ path: 'v2/locations' }, locationList);
  return (locations ?? []).map(({ id, currency }) => ({ id, currency: currency?.toUpperCase() ?? null }));
}
