import type { AccountAccess, Address } from '../address.ts';

/** A token opens several organisations: the header says which. */
export function addressOf({ apiUrl, accountRef, accessToken }: AccountAccess): Address {
  return { url: apiUrl, headers: { authorization: `Bearer ${accessToken}`, 'xero-tenant-id': accountRef } };
}
