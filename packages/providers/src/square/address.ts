import type { AccountAccess, Address } from '../address.ts';

/** Square knows the merchant by the token. The version is the one whose shapes are read here. */
export function addressOf({ apiUrl, accessToken }: AccountAccess): Address {
  return { url: apiUrl, headers: { authorization: `Bearer ${accessToken}`, 'square-version': '2026-09-16' } };
}
