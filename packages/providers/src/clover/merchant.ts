import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError, type ProviderErrorKind } from '@tributary/core/provider-error';
import * as z from 'zod';
import { currency } from '../fields.ts';

const merchant = z.looseObject({ properties: z.looseObject({ defaultCurrency: currency.nullish() }).nullish() });

/** Without the permission to read the merchant Clover answers as to a wrong token; a token that is wrong fails elsewhere too. */
const unreadable: ReadonlySet<ProviderErrorKind> = new Set(['unauthorized', 'not_found']);

/** ISO 4217; null when Clover does not say. @see https://docs.clover.com/dev/reference/merchantgetmerchant */
export async function readMerchantCurrency(call: ProviderCall): Promise<string | null> {
  try {
    const { properties } = await call({ path: '', query: { expand: 'properties' } }, merchant);
    return properties?.defaultCurrency?.toUpperCase() ?? null;
  } catch (error) {
    if (error instanceof ProviderError && unreadable.has(error.kind)) return null;
    throw error;
  }
}
