import { AppError, PermanentFailure } from '@tributary/core/errors';
import { sqlState } from '@tributary/db/sqlstate';

/** What trying again cannot change: our own refusals, values out of range, violated constraints. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AppError) return error.status < 500;
  return error instanceof PermanentFailure || /^(22|23)/.test(sqlState(error) ?? '');
}
