import { sqlState } from '@tributary/db/sqlstate';
import { errorFields, type LogFields } from './log.ts';

/** `errorFields` of what may have failed in the database, with its SQLSTATE. */
export function failureFields(error: unknown): LogFields {
  return { sqlState: sqlState(error), ...errorFields(error) };
}
