import { sqlState } from '@tributary/db/sqlstate';

/** What no repetition changes: values a database cannot hold (22), constraints (23), documents too complex (54). */
export const isRefusal = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error) ?? '');
