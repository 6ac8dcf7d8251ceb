import { ProviderError } from '@tributary/core/provider-error';

/** Null for what the provider does not have; every other failure as it is. */
export async function orNull<Found>(found: Promise<Found>): Promise<Found | null> {
  return found.catch((error: unknown) => {
    if (error instanceof ProviderError && error.kind === 'not_found') return null;
    throw error;
  });
}
