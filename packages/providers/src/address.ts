import type { ProviderRequest } from '@tributary/core/provider-call';

/** One account at a provider, and what opens it. */
export interface AccountAccess {
  /** Of the provider's API, as `https://api.clover.com`; another region's or a simulator's. */
  apiUrl: string;
  /** The provider's id of the merchant or organisation. */
  accountRef: string;
  accessToken: string;
}

/** What every request for an account is sent with. */
export interface Address {
  /** What the paths of requests are below. */
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** Where a request goes. Its path may be empty: the address itself. */
export function requestUrl(address: string, { path, query = {} }: ProviderRequest): URL {
  const base = address.replace(/\/+$/, '');
  const url = new URL(path === '' ? base : `${base}/${path}`);
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) url.searchParams.append(name, value);
  }
  return url;
}
