import { AppError, PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';

export function isUnauthorized(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'unauthorized';
}

/** Ours, the database's or the key service's: it may be there again in a moment. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable';
}

/** Whether what was asked may have happened all the same. Only a clear no says that it has not. */
export function mayHaveHappened(error: unknown): boolean {
  if (!(error instanceof ProviderError) || error.status === null) return true;
  return error.status < 400 || error.status >= 500;
}

/** What went wrong, in a word that quotes nobody. */
export function nameOf(error: unknown): string {
  if (error instanceof ProviderError) return error.kind;
  if (error instanceof AppError) return error.code;
  if (error instanceof PermanentFailure) return error.reason;
  return error instanceof Error ? error.name : typeof error;
}
