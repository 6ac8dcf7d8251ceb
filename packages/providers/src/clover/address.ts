import type { AccountAccess, Address } from '../address.ts';
import { pathSegment } from '../path-segment.ts';

/** Everything here is a merchant's, so paths begin below the merchant. @throws ProviderError `not_found` for what is no merchant's id */
export function addressOf({ apiUrl, accountRef, accessToken }: AccountAccess): Address {
  const url = `${apiUrl.replace(/\/+$/, '')}/v3/merchants/${pathSegment(accountRef)}`;
  return { url, headers: { authorization: `Bearer ${accessToken}` } };
}
