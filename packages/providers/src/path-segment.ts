import { ProviderError } from '@tributary/core/provider-error';

/**
 * An id as a segment of an address. Ids come from deliveries: `..` or `/` in one would address something else, so what is no id
 * names nothing.
 * @throws ProviderError `not_found`
 */
export function pathSegment(id: string): string {
  if (isPathSegment(id)) return id;
  throw new ProviderError('not_found', 'no provider has such an id');
}

export const isPathSegment = (id: string) => /^[A-Za-z0-9_-]{1,128}$/.test(id);
