import type { NetworkDescriptor } from './network.ts';

/** What the catalogue of brands says of networks. */
export function brandsOf(networks: Readonly<Record<string, NetworkDescriptor>>) {
  return Object.entries(networks).map(([adapterKey, network]) => {
    const { slug, name, authType, baseUrl, rateLimit, windowDays, status, limitations } = network;
    return { slug, name, adapterKey, authType, baseUrl, rateLimit, windowDays, status, limitations };
  });
}
