import * as z from 'zod';

/** A month that can be invoiced. */
export const billedMonth = z
  .string()
  .regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-06')
  .describe('YYYY-MM');
