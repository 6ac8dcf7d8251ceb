import { PermanentFailure } from '@tributary/core/errors';
import type * as z from 'zod';

/**
 * Parses what a provider sent.
 * @throws PermanentFailure `invalid_payload`; the message names at most five fields and never a value.
 */
export function fit<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.slice(0, 5).map((issue) => issue.path.map(String).join('.') || '(root)');
  throw new PermanentFailure('invalid_payload', `${what} does not fit: ${fields.join(', ').slice(0, 500)}`);
}
